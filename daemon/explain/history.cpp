#include "explain/history.hpp"

namespace vouchd {

namespace {

logged_decision explained(past_decision const& what) {
    auto const& who = what.sender.who;
    logged_decision told;
    told.id = what.id;
    told.qid = who.queue_id;
    if (who.client) told.client = who.client->to_string();
    told.helo = who.helo;
    told.rcpt = what.sender.recipient;
    told.elapsed_ms = what.elapsed.count();
    told.why = explain_decision(what.sender, *what.made);
    return told;
}

}  // namespace

void history::add(past_decision what) {
    if (kept_.size() == most) kept_.pop_front();
    kept_.push_back(std::move(what));
}

void history::queued(std::string_view id, std::string const& qid) {
    for (auto& one : kept_) {
        if (one.id == id) one.sender.who.queue_id = qid;
    }
}

std::vector<logged_decision> history::find(std::string_view id_or_qid) const {
    std::vector<logged_decision> found;
    if (id_or_qid.empty()) return found;
    for (auto const& one : kept_) {
        if (one.id == id_or_qid || one.sender.who.queue_id == id_or_qid) found.push_back(explained(one));
    }
    return found;
}

}  // namespace vouchd
