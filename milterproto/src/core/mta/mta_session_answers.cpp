#include <utility>

#include "milterproto/core/mta/mta_session.hpp"
#include "milterproto/core/mta/reply_text.hpp"
#include "milterproto/core/wire/codec.hpp"

/// The part of `mta_session` that reads the filter's answers.
namespace milterproto::core {

mta_event mta_session::next() {
    for (;;) {
        if (failed_ && !std::exchange(failure_told_, true)) return filter_failed{failed_};
        if (!over()) pump();
        if (failed_ && !failure_told_) continue;
        if (over() || !output().empty()) return need_io{};
        auto const taken = reader_.next();
        if (taken.has_error()) {
            fail(taken.error());
        } else if (!*taken) {
            return need_io{};
        } else if (auto const event = on_frame(**taken)) {
            return *event;
        }
    }
}

void mta_session::fail(boost::system::error_code why) noexcept {
    if (over()) return;
    bool const in_frame = reader_.mid_frame() && why == errc::peer_gone;
    failed_ = in_frame ? make_error_code(errc::frame_truncated) : why;
    leave(order_rules::leaving::drops);
    output_.clear();
    written_ = 0;
}

std::optional<mta_event> mta_session::refuse(boost::system::error_code why) noexcept {
    fail(why);
    return std::nullopt;
}

std::optional<mta_event> mta_session::on_frame(frame const& came) {
    if (awaited_ == nullptr) return refuse(errc::reply_unasked_for);
    packet_since_ = now_;
    if (awaited_->command == command::negotiate) return on_agreement(came);

    auto const* traits = find_reply(came.letter);
    auto const& rules = dialect_.replies;
    if (traits == nullptr || traits->answer == answer::conn_fail) return refuse(errc::unknown_reply);
    if (traits->answer == answer::shutdown && rules.shutdown == stance::refused)
        return refuse(errc::unknown_reply);
    if (!traits->has_payload && !came.payload.empty() && rules.stray_payload == stance::refused)
        return refuse(errc::reply_with_payload);

    bool const at_end = awaited_->command == command::end_of_message;
    if (body_run_ == body_run::under_way && traits->answer != answer::replace_body)
        body_run_ = body_run::interrupted;
    switch (traits->kind) {
        case reply_kind::verdict: return on_verdict(traits->answer, came.payload);
        case reply_kind::progress:
            if (!at_end && rules.early_progress == stance::refused) return refuse(errc::reply_out_of_place);
            return filter_progress{awaited_->command};
        case reply_kind::modification: {
            bool const early =
                traits->answer == answer::quarantine && rules.early_quarantine == stance::tolerated;
            if (!at_end && !early) return refuse(errc::reply_out_of_place);
            return on_modification(traits->answer, came.payload);
        }
        case reply_kind::agreement: break;
    }
    return refuse(errc::reply_out_of_place);
}

std::optional<mta_event> mta_session::on_agreement(frame const& came) {
    auto const& rules = dialect_.negotiation;
    if (came.letter != static_cast<char>(answer::negotiate)) return refuse(errc::agreement_missing);
    auto const options = decode_options(came.payload);
    if (!options) return refuse(errc::agreement_malformed);
    if (options->version == 1 || options->version > rules.greatest_version)
        return refuse(errc::version_not_offered);
    // A filter reads an offer of nothing as the one of version 1 (MP-032, MP-033).
    auto const actions = rules.offer.actions == 0 ? action::version_1 : rules.offer.actions;
    auto const steps = rules.offer.steps == 0 ? step::version_1 : rules.offer.steps;
    if ((options->actions & ~actions) != 0) return refuse(errc::actions_not_offered);
    if ((options->steps & ~steps) != 0 && rules.unoffered_steps == stance::refused)
        return refuse(errc::steps_not_offered);
    if (auto const taken = macros_.take_lists(came.payload); !taken) return refuse(taken.error());
    agreed_ = *options;
    awaited_ = nullptr;
    standing_ = standing::ready;
    return filter_agreed{};
}

std::optional<mta_event> mta_session::on_modification(answer what, std::string_view payload) {
    auto const change = decode_modification(what, payload);
    if (!change) return refuse(errc::change_malformed);
    if (change->has_trailing) {
        if (dialect_.replies.trailing_argument == stance::refused) return refuse(errc::change_malformed);
        return std::nullopt;  // Sendmail does not carry it out
    }
    if (what == answer::replace_body) {
        if (body_run_ == body_run::interrupted && dialect_.replies.split_body == stance::refused)
            return refuse(errc::change_interrupted);
        body_run_ = body_run::under_way;
        bool const agreed = (agreed_.actions & action::change_body) != 0;
        if (!agreed && dialect_.edits.new_body_not_agreed == edit_rules::unasked::spoils_message) {
            spoiled_ = true;
            return std::nullopt;
        }
    }
    return filter_change{*change};
}

std::optional<mta_event> mta_session::on_verdict(answer verdict, std::string_view payload) {
    auto const& traits = *awaited_;
    if (verdict == answer::skip && traits.command == command::end_of_message)
        return refuse(errc::reply_out_of_place);
    reply_text_.clear();
    if (verdict == answer::reply_code) {
        auto text = read_reply_text(payload, dialect_.replies);
        if (!text && dialect_.replies.malformed_text == reply_rules::malformed::disables_filter)
            return refuse(errc::reply_malformed);
        if (!text) verdict = answer::reject;
        reply_text_ = text.value_or(std::string());
    }
    bool const passes = verdict == answer::proceed || verdict == answer::accept;
    if (spoiled_ && passes) verdict = answer::tempfail;

    awaited_ = nullptr;
    bool const planned = plan_.running || traits.command == command::end_of_message;
    if (verdict == answer::proceed) {
        advance(traits, consent::given);
    } else if (verdict == answer::skip) {
        on_skip(traits);
        advance(traits, consent::given);
    } else if (traits.stage == message_stage::none) {
        settle_connection(traits, verdict);
    } else {
        settle_message(traits, verdict);
    }
    // For a whole message only the final verdict is reported.
    if (plan_.running && planned && !message_.decided) return std::nullopt;
    if (std::exchange(plan_.running, false)) message_over();
    return filter_verdict{traits.command, verdict, reply_text_};
}

/// Notes that the filter lets the command pass, or is not asked about it.
void mta_session::advance(command_traits const& traits, consent how) {
    switch (traits.command) {
        case command::helo: return greeting_over();
        case command::mail: message_.joined = how == consent::given; break;
        case command::rcpt:
            if (!refused_recipient_) ++message_.recipients;
            break;
        case command::end_of_message:
            message_.decided = answer::proceed;
            message_.decided_at = message_stage::end_of_message;
            return message_over();
        default: break;
    }
    if (traits.stage == message_stage::none) return;
    message_.stage = traits.stage;
    // In Sendmail every filter that is shown the content takes part in the message (peculiarity D6).
    if (traits.stage >= message_stage::header) message_.joined = true;
}

void mta_session::on_skip(command_traits const& traits) {
    bool const in_content = traits.stage >= message_stage::header;
    if (dialect_.replies.skip_before_content == reply_rules::skip::silences_command) {
        silenced_ = static_cast<char>(traits.command);
    } else if (in_content) {
        message_.body_skipped = true;
    } else {
        leave(order_rules::leaving::waits);  // Sendmail never resets that state (peculiarity D23)
    }
}

void mta_session::settle_connection(command_traits const& traits, answer verdict) {
    auto const& order = dialect_.order;
    bool const at_connect = traits.command == command::connect;
    if (traits.command == command::unknown) return;
    if (verdict == answer::accept) return leave(order.when_accepted);
    if (is_refusal(verdict)) {
        leave(at_connect ? order.when_refused_at_connect : order.when_refused_at_helo);
    } else if (at_connect && order.discarded_at_connect == order_rules::discarded::ends_filtering) {
        leave(order_rules::leaving::waits);
    } else {
        advance(traits, consent::given);
    }
}

void mta_session::settle_message(command_traits const& traits, answer verdict) {
    if (is_refusal(verdict)) {
        switch (traits.command) {
            case command::mail: return message_over();
            case command::rcpt: message_.stage = message_stage::rcpt; return;
            case command::data: return;  // the transaction stays open (peculiarity D1)
            default: break;
        }
    }
    message_.stage = traits.stage;
    message_.decided = verdict;
    message_.decided_at = traits.stage;
    if (traits.command == command::end_of_message) message_over();
}

/// Ends a greeting as Postfix does, which also ends a message that was under way (5.7).
void mta_session::greeting_over() {
    if (dialect_.order.of_greeting == order_rules::reset::aborts) {
        if (greeted_) append_frame(output_, static_cast<char>(command::abort));
        message_over();
    }
    greeted_ = true;
}

bool mta_session::in_message() const noexcept {
    if (!message_.open) return false;
    if (dialect_.order.of_message == order_rules::opening::by_any_sender) return true;
    bool const is_done = message_.decided == answer::accept || message_.decided_at >= message_stage::header;
    return message_.joined && !is_done;
}

void mta_session::message_over() {
    if (in_message() && standing_ == standing::ready)
        append_frame(output_, static_cast<char>(command::abort));
    forget_message();
}

void mta_session::forget_message() noexcept {
    message_ = {};
    queue_id_.clear();
    macros_.unset("i");
}

void mta_session::leave(order_rules::leaving how) {
    if (how == order_rules::leaving::quits) append_frame(output_, static_cast<char>(command::quit));
    standing_ = how == order_rules::leaving::waits ? standing::parked : standing::over;
    awaited_ = nullptr;
    plan_ = {};
}

// ---- time ----

std::optional<reply_limit> mta_session::due() const noexcept {
    if (awaited_ == nullptr) return std::nullopt;
    auto const& limits = dialect_.timeouts;
    bool const in_content = awaited_->stage >= message_stage::header;
    bool const at_end = awaited_->command == command::end_of_message;
    return reply_limit{in_content ? limits.content : limits.command,
                       at_end ? limits.end_of_message : std::nullopt};
}

std::optional<mta_clock::time_point> mta_session::due_until() const noexcept {
    auto const limit = due();
    if (!limit) return std::nullopt;
    auto const packet = packet_since_ + limit->packet;
    return limit->in_all ? std::min(packet, command_since_ + *limit->in_all) : packet;
}

void mta_session::at(mta_clock::time_point now) noexcept {
    now_ = now;
    auto const until = due_until();
    if (!until || now < *until) return;
    auto const limit = due();
    bool const whole = limit->in_all && now >= command_since_ + *limit->in_all;
    fail(whole ? errc::end_of_message_timeout : errc::reply_timeout);
}

}  // namespace milterproto::core
