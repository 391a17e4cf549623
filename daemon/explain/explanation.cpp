#include "explain/explanation.hpp"

#include <boost/json.hpp>

#include "callout/verdict_word.hpp"

namespace vouchd {

namespace {

namespace json = boost::json;

std::int64_t milliseconds(callout::steady_time::duration duration) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

std::string_view type_word(callout::record_type type) {
    switch (type) {
        case callout::record_type::a: return "A";
        case callout::record_type::aaaa: return "AAAA";
        case callout::record_type::mx: return "MX";
        case callout::record_type::cname: return "CNAME";
    }
    return "?";
}

std::string outcome_word(callout::dns_answer const& answer) {
    switch (answer.outcome) {
        case callout::dns_outcome::ok: return "ok";
        case callout::dns_outcome::no_data: return "no such record";
        case callout::dns_outcome::no_domain: return "no such domain";
        case callout::dns_outcome::timed_out: return "no answer in time";
        case callout::dns_outcome::failed: return answer.detail.empty() ? "failed" : answer.detail;
    }
    return "?";
}

json::array records_of(callout::dns_answer const& answer) {
    json::array records;
    for (auto const& mx : answer.exchanges) {
        records.push_back(
            json::string(std::to_string(mx.preference) + ' ' + (mx.exchange.empty() ? "." : mx.exchange)));
    }
    for (auto const& address : answer.addresses) records.push_back(json::string(address.to_string()));
    return records;
}

json::value known_word(callout::known what) {
    if (what == callout::known::unknown) return nullptr;
    return what == callout::known::yes;
}

json::object verdict_of(callout::verification const& verified) {
    json::object verdict;
    verdict["result"] = to_string(callout::word_of(verified));
    verdict["status"] = to_string(verified.status);
    verdict["reason"] = to_string(verified.reason);
    verdict["scope"] = to_string(verified.scope);
    verdict["strength"] = to_string(verified.strength);
    verdict["message"] = verified.message;
    verdict["mx"] = verified.host;
    verdict["ip"] = verified.ip;
    if (verified.reply) verdict["code"] = verified.reply->code;
    if (verified.reply && verified.reply->enhanced)
        verdict["enhanced"] = verified.reply->enhanced->to_string();
    if (verified.retry_after) verdict["retry_after_s"] = verified.retry_after->count();
    verdict["catch_all"] = known_word(verified.catch_all);
    verdict["cached"] = verified.cached != callout::freshness::live;
    verdict["age_s"] = verified.age.count();
    verdict["duration_ms"] = verified.elapsed.count();
    return verdict;
}

}  // namespace

struct recorder::notes {
    json::array cache, dns, fence, left_out, dialogue;
    bool joined = false;

    json::array& lines() {
        if (dialogue.empty()) dialogue.push_back(json::object{{"lines", json::array()}});
        return dialogue.back().as_object()["lines"].as_array();
    }

    static json::object head(std::string_view host, callout::endpoint const& to, std::int64_t at) {
        return {{"host", host},
                {"ip", to.address().to_string()},
                {"port", to.port()},
                {"at_ms", at},
                {"lines", json::array()}};
    }

    // one for each event of callout/events.hpp that shows
    void note(callout::event::cache_looked_up const& e, std::int64_t) {
        json::object look{{"layer", e.layer}, {"about", e.about}, {"hit", e.hit}};
        if (e.found != nullptr) {
            look["result"] = to_string(callout::word_of(*e.found));
            look["age_s"] = e.found->age.count();
        }
        cache.push_back(std::move(look));
    }
    void note(callout::event::joined const&, std::int64_t) { joined = true; }
    void note(callout::event::dns_answered const& e, std::int64_t at) {
        dns.push_back(json::object{{"name", e.question},
                                   {"type", type_word(e.type)},
                                   {"outcome", outcome_word(e.answer)},
                                   {"ttl_s", e.answer.ttl.count()},
                                   {"records", records_of(e.answer)},
                                   {"at_ms", at}});
    }
    void note(callout::event::address_checked const& e, std::int64_t) {
        fence.push_back(json::object{{"host", e.host},
                                     {"address", e.address.to_string()},
                                     {"allowed", e.verdict.allowed},
                                     {"rule", e.verdict.rule}});
    }
    void note(callout::event::left_out const& e, std::int64_t) {
        left_out.push_back(json::object{{"host", e.host}, {"why", e.why}});
    }
    void note(callout::event::connecting const& e, std::int64_t at) {
        dialogue.push_back(head(e.host, e.to, at));
    }
    void note(callout::event::connect_failed const& e, std::int64_t at) { line(at, "!", e.error.message()); }
    void note(callout::event::connected const& e, std::int64_t at) {
        if (e.reused) {
            dialogue.push_back(head(e.host, e.to, at));
            line(at, "*", "a session that was open");
        }
        dialogue.back().as_object()["from"] = e.local.address().to_string();
    }
    void note(callout::event::sent const& e, std::int64_t at) { line(at, ">", e.command); }
    void note(callout::event::received const& e, std::int64_t at) { line(at, "<", e.reply.text()); }
    void note(callout::event::reply_failed const& e, std::int64_t at) { line(at, "!", e.error.message()); }
    void note(callout::event::tls_up const& e, std::int64_t at) {
        line(at, "*",
             e.session.version + ' ' + e.session.cipher + ", " + std::to_string(e.session.bits) + " bits");
    }
    void note(callout::event::tls_failed const& e, std::int64_t at) {
        if (e.error) line(at, "!", e.error.message());
    }
    void note(callout::event::extension_missing const& e, std::int64_t at) {
        line(at, "!", std::string(e.keyword) + " is not offered");
    }
    void note(callout::event::protocol_error const& e, std::int64_t at) {
        if (!e.raw.empty()) line(at, "<", e.raw);
    }
    void note(callout::event::disconnected const& e, std::int64_t at) {
        if (e.why == callout::event::disconnected::cause::kept) line(at, "*", "kept for further questions");
    }
    /// All others tell what the lines above show.
    template <class Other>
    void note(Other const&, std::int64_t) {}

    void line(std::int64_t at, std::string_view direction, std::string_view text) {
        lines().push_back(json::object{{"at_ms", at}, {"direction", direction}, {"text", text}});
    }
};

recorder::recorder(callout::steady_time begun) : notes_(std::make_unique<notes>()), begun_(begun) {}
recorder::~recorder() = default;

void recorder::on(callout::any_event const& what, callout::steady_time when) {
    auto const at = milliseconds(when - begun_);
    std::visit([&](auto const& event) { notes_->note(event, at); }, what);
}

json::object recorder::document(sender_facts const& facts, decision const& made, config const& values) const {
    json::object document;
    document["input"] = facts.path;
    if (facts.address.has_value()) {
        document["address"] = {{"normalized", facts.address->address()},
                               {"local", facts.address->local_part()},
                               {"domain", facts.address->domain()}};
    } else {
        document["error"] = facts.address.error().message();
    }
    json::array policy;
    for (auto const& rule : made.policy.trace) {
        policy.push_back(json::object{{"rule", rule.name}, {"matched", rule.matched}, {"why", rule.why}});
    }
    document["policy"] = std::move(policy);
    document["cache"] = notes_->cache;
    document["dns"] = notes_->dns;
    document["fence"] = notes_->fence;
    document["left_out"] = notes_->left_out;
    document["joined"] = notes_->joined;
    document["dialogue"] = notes_->dialogue;
    if (made.verified) document["verdict"] = verdict_of(*made.verified);
    document["decision"] = {{"rule", made.policy.rule()},
                            {"action", made.action_word()},
                            {"mode", to_string(values.server.mode)},
                            {"effective", to_string(made.effective)}};
    if (made.reply) document["reply"] = made.reply->text();
    return document;
}

json::object verification_record(std::string const& input, json::object const& document) {
    json::object record;
    record["address"] = input;
    if (auto const* address = document.if_contains("address")) {
        record["normalized"] = address->as_object().at("normalized");
    }
    auto const* const found = document.if_contains("verdict");
    auto const verdict = found != nullptr ? found->as_object() : json::object();
    for (auto const key : {"result", "reason", "code", "enhanced"}) {
        if (auto const* value = verdict.if_contains(key)) record[key] = *value;
    }
    if (auto const* message = verdict.if_contains("message")) record["reply"] = *message;
    for (auto const key : {"mx", "ip", "cached", "age_s"}) {
        if (auto const* value = verdict.if_contains(key)) record[key] = *value;
    }
    if (auto const* took = verdict.if_contains("duration_ms")) {
        record["duration_s"] = static_cast<double>(took->as_int64()) / 1000;
    }
    if (auto const* catch_all = verdict.if_contains("catch_all")) record["catch_all"] = *catch_all;
    record["phase"] = "soft";
    if (auto const* error = document.if_contains("error")) record["error"] = *error;
    return record;
}

}  // namespace vouchd
