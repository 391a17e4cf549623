#include "milterproto/core/mta/client_response.hpp"

#include "milterproto/core/error.hpp"
#include "milterproto/core/mta/reply_text.hpp"

namespace milterproto::core {

namespace {

bool is_content(command what) noexcept {
    switch (what) {
        case command::header:
        case command::end_of_headers:
        case command::body:
        case command::end_of_message: return true;
        default: return false;
    }
}

/// Returns whether a client must give the command to get mail in.
bool needs_good_standing(command what) noexcept {
    return what != command::connect && what != command::helo && what != command::negotiate;
}

}  // namespace

int client_response::code() const noexcept {
    return reply_code(reply);
}

client_response client_standing::on_verdict(command to, answer verdict, std::string_view reply) {
    if (to == command::connect) return at_connect(verdict, reply);
    if (to == command::helo) return at_helo(verdict, reply);
    if (verdict == answer::discard && to != command::unknown) discards_ = true;
    if (!is_refusal(verdict)) return {};
    return client_response(text_of(to, verdict, reply));
}

std::string_view client_standing::text_of(command to, answer verdict, std::string_view reply) const noexcept {
    switch (verdict) {
        case answer::tempfail: return texts_.deferred;
        case answer::reply_code: return reply;
        case answer::shutdown: return texts_.failure_shutdown;
        default: break;
    }
    if (to == command::helo) return texts_.refused_after_helo;
    return is_content(to) ? texts_.content_refused : texts_.refused;
}

/// Answers at connect. Only a permanent refusal and a shutdown show in the greeting.
client_response client_standing::at_connect(answer verdict, std::string_view reply) {
    if (verdict == answer::shutdown) return client_response(texts_.failure_shutdown);
    if (verdict == answer::reply_code && reply.starts_with("421")) {
        standing_refusal_ = reply;
        return client_response(reply);
    }
    bool const has_text = verdict == answer::reply_code;
    bool const permanent = verdict == answer::reject || (has_text && reply.starts_with('5'));
    if (!permanent && !has_text && verdict != answer::tempfail) return {};
    if (has_text && texts_.text_at_connect == response_texts::at_connect::is_kept) {
        standing_refusal_ = reply;
    } else {
        standing_refusal_ = permanent ? texts_.refused_after_greeting : texts_.deferred;
    }
    return permanent ? client_response(texts_.greeting_refused) : client_response();
}

client_response client_standing::at_helo(answer verdict, std::string_view reply) {
    if (!is_refusal(verdict)) return {};
    auto const text = text_of(command::helo, verdict, reply);
    standing_refusal_ = text;
    return text.starts_with("421") ? client_response(text) : client_response();
}

client_response client_standing::on_failure(command at, boost::system::error_code why) {
    auto const action = failure_.action;
    if (action == failure_action::accept) return {};
    if (action == failure_action::quarantine) {
        holds_ = true;
        return {};
    }
    std::string_view text = texts_.failure_deferred;
    if (action == failure_action::reject) text = texts_.failure_refused;
    if (action == failure_action::shutdown) text = texts_.failure_shutdown;
    // To Postfix a text that no client may read is a fault of the configuration (7.9).
    if (why == errc::reply_malformed) text = texts_.bad_reply;
    standing_refusal_ = text;
    bool const spared = failure_.from == failure_rules::scope::later_commands || !needs_good_standing(at);
    return spared && !text.starts_with("421") && !is_content(at) ? client_response() : client_response(text);
}

client_response client_standing::before(command what) const {
    if (standing_refusal_.empty() || !needs_good_standing(what)) return {};
    return client_response(standing_refusal_);
}

std::optional<failure_action> parse_failure_action(std::string_view name) noexcept {
    if (name == "accept") return failure_action::accept;
    if (name == "reject") return failure_action::reject;
    if (name == "tempfail") return failure_action::tempfail;
    if (name == "quarantine") return failure_action::quarantine;
    if (name == "shutdown") return failure_action::shutdown;
    return std::nullopt;
}

std::optional<failure_action> parse_failure_flag(std::string_view flag) noexcept {
    if (flag.empty()) return failure_action::accept;
    if (flag == "R") return failure_action::reject;
    if (flag == "T") return failure_action::tempfail;
    if (flag == "4") return failure_action::shutdown;
    return std::nullopt;
}

}  // namespace milterproto::core
