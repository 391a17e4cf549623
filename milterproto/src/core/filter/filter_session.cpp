#include "milterproto/core/filter/filter_session.hpp"

#include <algorithm>
#include <utility>

#include "milterproto/core/wire/codec.hpp"

namespace milterproto::core {

namespace {

/// A verdict on one recipient concerns that recipient; any other verdict but "continue" and "skip" ends the
/// message.
bool decides_message(message_stage at, answer verdict, discarded_recipient after_discard) noexcept {
    switch (verdict) {
        case answer::proceed:
        case answer::skip: return false;
        case answer::accept: return true;
        case answer::discard:
            return at != message_stage::rcpt || after_discard == discarded_recipient::finishes_message;
        default: return at != message_stage::rcpt;
    }
}

bool is_verdict(answer code) noexcept {
    switch (code) {
        case answer::proceed:
        case answer::accept:
        case answer::reject:
        case answer::tempfail:
        case answer::discard:
        case answer::skip:
        case answer::reply_code: return true;
        default: return false;
    }
}

/// Returns whether the verdict may be sent. A skip at another stage than the body leaves Sendmail in a state
/// that nothing resets (peculiarity D23); a discard before a message makes it let all mail pass
/// (peculiarity D24).
bool is_legal(command_traits const& traits, answer verdict) noexcept {
    if (verdict == answer::skip) return traits.stage == message_stage::body;
    if (verdict == answer::discard) return traits.stage != message_stage::none;
    return true;
}

/// A path and its parameters. What is short enough need not be counted.
bool has_too_many_strings(std::string_view payload) noexcept {
    if (payload.size() <= limits::parameters) return false;
    return static_cast<std::size_t>(std::ranges::count(payload, '\0')) > limits::parameters;
}

std::size_t memory_of_recipient(std::string_view payload) noexcept {
    return sizeof(std::string) + payload.size();
}

}  // namespace

filter_session::filter_session(std::shared_ptr<filter_wishes const> wishes, std::size_t payload_limit,
                               negotiated_by who)
    : wishes_(std::move(wishes)), reader_(payload_limit), who_(who) {}

filter_session::filter_session(filter_wishes wishes, std::size_t payload_limit, negotiated_by who)
    : filter_session(std::make_shared<filter_wishes const>(std::move(wishes)), payload_limit, who) {}

bool filter_session::sees_end() noexcept {
    static constexpr char letters[] = {static_cast<char>(command::abort), static_cast<char>(command::quit),
                                       static_cast<char>(command::quit_nc)};
    return reader_.any_waiting({letters, std::size(letters)});
}

byte_buffer filter_session::release() {
    constexpr std::size_t worth_keeping = 64;
    if (strings_.capacity() > worth_keeping || output_.capacity() > worth_keeping) forget_scratch();
    return reader_.release();
}

void filter_session::shrink() {
    macros_.shrink();
    forget_scratch();
}

void filter_session::forget_scratch() {
    std::vector<std::string_view>().swap(strings_);
    if (output_.empty()) std::string().swap(output_);
}

void filter_session::fail(boost::system::error_code why) noexcept {
    if (ending_ != ending::none) return;
    bool const in_frame = reader_.cut_off() && why == errc::peer_gone;
    failed_ = in_frame ? make_error_code(errc::frame_truncated) : why;
    ending_ = ending::failure;
}

filter_event filter_session::next() {
    for (;;) {
        if (ending_ != ending::none) {
            if (auto const event = on_ending()) return *event;
            continue;
        }
        if (!held_) {
            if (has_had_its_turn()) {
                turn_ = {};
                return turn_over{};
            }
            auto const taken = reader_.next();
            if (taken.has_error()) {
                fail(taken.error());
                continue;
            }
            if (!*taken) {
                turn_ = {};
                return need_input{};
            }
            held_ = **taken;
            ++frames_;
            ++turn_.commands;
        }
        if (auto const event = dispatch()) {
            ++turn_.events;
            return *event;
        }
    }
}

/// Returns whether others wait long enough already, or the MTA has answers enough to read.
bool filter_session::has_had_its_turn() const noexcept {
    if (turn_.commands == 0) return false;
    return turn_.commands >= limits::commands_in_a_turn || turn_.events >= limits::events_in_a_turn ||
           output().size() >= limits::answers;
}

/// Looks at the command under way: returns an event, or nothing if it was dealt with here.
std::optional<filter_event> filter_session::dispatch() {
    auto const* traits = find_command(held_->letter);
    if (traits == nullptr) {
        fail(errc::unknown_command);
        return std::nullopt;
    }
    if (traits->payload == payload_rule::required && held_->payload.empty()) {
        fail(errc::payload_missing);
        return std::nullopt;
    }
    switch (traits->command) {
        case command::macro:
            // Until the negotiation they mean nothing, because it clears them (MP-119).
            if (negotiated_) macros_.set(held_->payload);
            held_.reset();
            return std::nullopt;
        case command::quit: ending_ = ending::quit; return std::nullopt;
        case command::quit_nc: ending_ = ending::quit_nc; return std::nullopt;
        case command::abort: return on_abort();
        case command::negotiate: return on_negotiate();
        default: break;
    }
    if (!negotiated_) {
        fail(errc::unexpected_command);
        return std::nullopt;
    }
    open_ = true;
    if (accepted_connection_) {
        answer_unasked(*traits, answer::accept);
        return std::nullopt;
    }
    return traits->stage == message_stage::none ? on_connection_command(*traits)
                                                : on_message_command(*traits);
}

std::optional<filter_event> filter_session::on_negotiate() {
    auto const offer = decode_options(held_->payload);
    if (negotiated_) {
        fail(errc::unexpected_command);
    } else if (offer.has_error()) {
        fail(offer.error());
    } else if (offer->version < oldest_version) {
        fail(errc::version_too_old);
    } else if (who_ == negotiated_by::wishes) {
        agree(*offer);
    } else {
        negotiation_ = std::make_unique<negotiation>(*offer, *wishes_);
        asked_ = &traits_of(command::negotiate);
        return negotiate_event{negotiation_.get()};
    }
    return std::nullopt;
}

void filter_session::agree(option_set const& offer) {
    auto const agreed = negotiate(offer, *wishes_);
    if (agreed.has_error()) return fail(agreed.error());
    agreed_ = *agreed;
    negotiated_ = true;
    macros_.begin(command::negotiate);
    if (agreed_.payload_limit > limits::payload) reader_.limit(agreed_.payload_limit);
    append_agreement(output_, agreed_.options, symbol_lists(agreed_, *wishes_));
    held_.reset();
}

std::optional<filter_event> filter_session::on_connection_command(command_traits const& traits) {
    switch (traits.command) {
        case command::connect:
            if (std::exchange(past_connect_, true)) {
                fail(errc::unexpected_command);
                return std::nullopt;
            }
            break;
        case command::helo:
            past_connect_ = true;
            // A greeting ends whatever was under way; the command is held until abort has been shown.
            if (in_message()) {
                message_over();
                return abort_event{};
            }
            message_over();
            break;
        default: break;  // an unknown command may come anywhere and changes nothing (MP-153)
    }
    return ask(traits);
}

std::optional<filter_event> filter_session::on_message_command(command_traits const& traits) {
    past_connect_ = true;
    if (traits.command == command::mail) {
        if (in_message()) {
            message_over();
            return abort_event{};
        }
        message_over();
    } else if (!in_message()) {
        if (!may_open_message(traits, agreed_.options)) {
            // The message was decided before, or never began: the MTA must not wait (peculiarity D1).
            answer_unasked(traits, decided_ == answer::accept ? answer::accept : answer::proceed);
            if (traits.command == command::end_of_message) message_over();
            return std::nullopt;
        }
        message_over();
    } else if (stage_ > traits.latest_before) {
        fail(errc::unexpected_command);
        return std::nullopt;
    }
    stage_ = traits.stage;
    if (traits.command == command::end_of_message) return on_end_of_message(traits);
    if (traits.command == command::body && skipping_body_) {
        answer_unasked(traits, answer::proceed);
        return std::nullopt;
    }
    return ask(traits);
}

/// The command may carry a last piece of the body, which is shown before the end (milter-protocol.md 5.6).
std::optional<filter_event> filter_session::on_end_of_message(command_traits const& traits) {
    bool const show = !held_->payload.empty() && !skipping_body_ && !last_chunk_shown_ &&
                      is_wanted(traits_of(command::body));
    if (!show) {
        auto event = ask(traits);
        if (event) edits_.open(agreed_.options, agreed_.payload_limit, output_);
        return event;
    }
    last_chunk_shown_ = true;
    stage_ = message_stage::body;
    asked_ = &traits;
    return body_event{held_->payload};
}

/// An MTA's abort is neither necessary nor sufficient: it is shown only if a message is open that the filter
/// has not decided (5.7).
std::optional<filter_event> filter_session::on_abort() {
    held_.reset();
    bool const open = in_message();
    message_over();
    if (!open) return std::nullopt;
    return abort_event{};
}

std::optional<filter_event> filter_session::on_ending() {
    if (in_message()) {
        message_over();
        return abort_event{};
    }
    message_over();
    if (std::exchange(open_, false)) return close_event{failed_};
    macros_.clear();
    if (ending_ != ending::quit_nc) return finished{};
    ending_ = ending::none;
    past_connect_ = accepted_connection_ = false;
    held_.reset();
    return std::nullopt;
}

/// Refuses a command that would make this connection hold more than it may. The filter does not see it.
std::optional<filter_event> filter_session::turn_away(command_traits const& traits, errc why) {
    if (!is_answered(traits)) {
        if (traits.command == command::mail) message_over();
        fail(why);
        return std::nullopt;
    }
    answer_unasked(traits, answer::tempfail);
    settle(traits, answer::tempfail);
    return std::nullopt;
}

/// Shows the command to the filter, if it wants to see it.
std::optional<filter_event> filter_session::ask(command_traits const& traits) {
    macros_.begin(traits.command);
    bool const has_parameters = traits.command == command::mail || traits.command == command::rcpt;
    if (has_parameters && has_too_many_strings(held_->payload))
        return turn_away(traits, errc::too_many_parameters);
    bool const is_recipient = traits.command == command::rcpt;
    if (is_recipient && recipients_ + memory_of_recipient(held_->payload) > limits::recipients)
        return turn_away(traits, errc::too_many_recipients);
    auto event = decode(traits);
    if (event.has_error()) {
        // A MAIL that could not be read began no message (MP-085).
        if (traits.command == command::mail) message_over();
        fail(event.error());
        return std::nullopt;
    }
    if (!is_wanted(traits)) {
        answer_unasked(traits, answer::proceed);
        if (traits.command == command::end_of_message) message_over();
        return std::nullopt;
    }
    asked_ = &traits;
    return *std::move(event);
}

result<filter_event> filter_session::decode(command_traits const& traits) {
    auto const payload = held_->payload;
    switch (traits.command) {
        case command::connect: {
            auto const peer = decode_connect(payload);
            if (peer.has_error()) return peer.error();
            return filter_event(*peer);
        }
        case command::helo:
            if (payload.find('\0') == std::string_view::npos) return errc::payload_malformed;
            return filter_event(helo_event{decode_line(payload)});
        case command::mail:
        case command::rcpt: {
            if (auto const read = decode_strings(payload, strings_); !read) return read.error();
            auto const parameters = std::span<std::string_view const>(strings_).subspan(1);
            if (traits.command == command::mail) {
                smtputf8_ = std::ranges::any_of(
                    parameters, [](auto one) { return equals_ignoring_case(one, "SMTPUTF8"); });
                return filter_event(mail_event{strings_.front(), parameters});
            }
            return filter_event(rcpt_event{strings_.front(), parameters});
        }
        case command::header: {
            auto const field = decode_header(payload);
            if (field.has_error()) return field.error();
            return filter_event(header_event{field->first, field->second});
        }
        case command::data: return filter_event(data_event{});
        case command::end_of_headers: return filter_event(eoh_event{});
        case command::body: return filter_event(body_event{payload});
        case command::end_of_message: return filter_event(eom_event{});
        case command::unknown: return filter_event(unknown_event{decode_line(payload)});
        default: return errc::unknown_command;
    }
}

answered filter_session::answer(core::answer verdict, std::string_view reply) {
    if (asked_ == nullptr) return answered::suppressed;
    auto const& traits = *std::exchange(asked_, nullptr);
    edits_.close();
    if (!is_verdict(verdict)) {
        if (stage_ == message_stage::end_of_message) message_over();  // its end was shown, so no abort is
        fail(errc::verdict_malformed);
        return answered::refused;
    }
    if (traits.command == command::negotiate) return answer_negotiation(verdict);
    bool const in_last_chunk = traits.command == command::end_of_message && stage_ == message_stage::body;
    if (in_last_chunk && (verdict == answer::proceed || verdict == answer::skip)) return answered::sent;
    // Where chunks are not answered, neither is the chunk that the end carries.
    if (in_last_chunk && !is_answered(traits_of(command::body))) return answered::suppressed;

    auto outcome = answered::sent;
    if (!is_legal(traits, verdict)) {
        outcome = answered::converted;
        verdict = answer::proceed;
    } else if (verdict == answer::skip) {
        // Further chunks are swallowed here, so the filter sees none even if the MTA cannot be told.
        skipping_body_ = true;
        bool const can_be_told = (agreed_.options.steps & step::skip) != 0 && is_answered(traits);
        if (!can_be_told) verdict = answer::proceed;
    }
    bool const is_kept = traits.command == command::rcpt && verdict == answer::proceed;
    if (is_kept) recipients_ += memory_of_recipient(held_->payload);
    if (!is_answered(traits)) {
        held_.reset();
        return verdict == answer::proceed ? outcome : answered::suppressed;
    }
    if (verdict == answer::reply_code) {
        append_strings(output_, static_cast<char>(verdict), {reply});
    } else {
        append_answer(output_, verdict);
    }
    held_.reset();  // not before: until it is answered the command is owed a verdict
    settle(traits, verdict);
    return outcome;
}

answered filter_session::answer_negotiation(core::answer verdict) {
    auto const decided = std::exchange(negotiation_, nullptr);
    if (ending_ != ending::none) return answered::suppressed;
    if (verdict != answer::proceed) {
        fail(errc::negotiation_refused);
        return answered::sent;
    }
    auto const offer = decode_options(held_->payload);
    wishes_ = std::make_shared<filter_wishes const>(decided->wishes());
    agree(*offer);
    return answered::sent;
}

/// Notes what the verdict means for the message or the connection.
void filter_session::settle(command_traits const& traits, core::answer verdict) noexcept {
    if (traits.command == command::end_of_message) return message_over();
    if (traits.stage == message_stage::none) {
        bool const ends = traits.command == command::connect || traits.command == command::helo;
        if (ends && verdict == answer::accept) accepted_connection_ = true;
    } else if (decides_message(traits.stage, verdict, wishes_->after_discard)) {
        decided_ = verdict;
    }
}

void filter_session::answer_unasked(command_traits const& traits, core::answer verdict) {
    if (is_answered(traits)) append_answer(output_, verdict);
    held_.reset();
}

bool filter_session::owes_verdict() const noexcept {
    auto const* const traits = held_ ? find_command(held_->letter) : nullptr;
    if (traits == nullptr || !negotiated_) return false;
    bool const is_told_only = traits->command == command::macro || traits->command == command::abort ||
                              traits->command == command::quit || traits->command == command::quit_nc;
    return !is_told_only && is_answered(*traits);
}

bool filter_session::is_wanted(command_traits const& traits) const noexcept {
    return ((wishes_->wanted_steps | wishes_->required_steps) & traits.declined_by) == 0;
}

bool filter_session::is_answered(command_traits const& traits) const noexcept {
    return (agreed_.options.steps & traits.unanswered_by) == 0;
}

void filter_session::message_over() noexcept {
    stage_ = message_stage::none;
    recipients_ = 0;
    decided_.reset();
    skipping_body_ = last_chunk_shown_ = smtputf8_ = false;
}

}  // namespace milterproto::core
