#include "explain/history.hpp"

#include <algorithm>
#include <iterator>

namespace vouchd {

void history::add(logged_decision what) {
    if (kept_.size() == most) kept_.pop_front();
    kept_.push_back(std::move(what));
}

void history::queued(std::string_view id, std::string const& qid) {
    for (auto& one : kept_) {
        if (one.id == id) one.qid = qid;
    }
}

std::vector<logged_decision> history::find(std::string_view id_or_qid) const {
    std::vector<logged_decision> found;
    if (id_or_qid.empty()) return found;
    std::ranges::copy_if(kept_, std::back_inserter(found), [id_or_qid](logged_decision const& one) {
        return one.id == id_or_qid || one.qid == id_or_qid;
    });
    return found;
}

}  // namespace vouchd
