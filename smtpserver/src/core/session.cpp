#include "smtpserver/core/session.hpp"

#include <algorithm>
#include <utility>

#include "core/auth_exchange.hpp"
#include "core/octets.hpp"

namespace smtpserver {

namespace {

/// More than this is given back when it is empty.
constexpr std::size_t kept_for_output = 512;

reading_options reading_of(session_options const& options) {
    reading_options how;
    how.line = options.limits.line;
    how.content_line = options.limits.content_line;
    how.line_ends = options.line_ends;
    how.paths = options.paths;
    bool const has_chunks = options.offers.has(extension::chunking);
    how.chunks = has_chunks ? reading_options::chunking::on : reading_options::chunking::off;
    return how;
}

/// The first byte of a handshake (RFC 8446 5.1).
constexpr char tls_handshake = 0x16;

}  // namespace

session::session(std::shared_ptr<session_options const> options, connection facts, xclient_use xclient)
    : options_(std::move(options)),
      facts_(std::move(facts)),
      xclient_(xclient),
      conversation_(reading_of(*options_)),
      tally_(options_->limits),
      intake_(options_->limits),
      patience_(options_->times) {}

session::~session() = default;

envelope const session::nobody_;

any_action session::next(steady_time now) {
    for (;;) {
        if (auto found = pending()) return *std::move(found);
        if (auto found = next_in_phase(now)) return *std::move(found);
    }
}

/// Returns what comes before anything else.
session::step session::pending() {
    if (abandoned_) {
        auto told = std::move(*std::exchange(abandoned_, nullptr));
        return told;
    }
    if (!delayed_.empty()) {
        if (!std::exchange(has_paused_, true)) return action::pause{options_->times.error_pause};
        has_paused_ = false;
        output_ += std::exchange(delayed_, {});
    }
    if (output_.size() >= limits::output) return action::write();
    return std::nullopt;
}

session::step session::next_in_phase(steady_time now) {
    switch (phase_) {
        case phase::greeting: return greet();
        case phase::commands: return next_of_conversation(now);
        case phase::auth: return next_of_auth(now);
        case phase::before_tls: return begin_tls();
        case phase::tls:
        case phase::ending: break;
    }
    return action::close();
}

session::step session::greet() {
    if (options_->asks.connect) return ask(question::connect, command(verb::unknown), action::ask_connect());
    settle(command(verb::unknown), reply(220));
    return std::nullopt;
}

/// What came in clear does not count, not even as commands (CVE-2011-0411).
session::step session::begin_tls() {
    conversation_.forget_input();
    phase_ = phase::tls;
    return action::start_tls();
}

session::step session::next_of_auth(steady_time now) {
    if (is_stopping_) {
        end_with({421, "4.3.2 The server stops"}, abandonment::broken);
        return std::nullopt;
    }
    auto const line = conversation_.next_line(options_->limits.auth_line);
    if (!line) return action::read{patience_.for_command(now)};
    patience_.satisfied();
    using fault = core::line_reader::fault;
    if (line->how == fault::too_long) return take_auth(reply(500, "5.5.6 The line is too long"));
    bool const is_refused = line->how == fault::bare_lf && options_->line_ends == bare_line_ends::reject;
    if (is_refused) return take_auth(reply(500, "5.5.2 A line ends in CR LF, not in LF alone"));
    return std::visit([this](auto outcome) { return take_auth(std::move(outcome)); },
                      exchange_->next(line->text));
}

session::step session::next_of_conversation(steady_time now) {
    if (is_spoken_to_in_tls()) {
        abandon(abandonment::broken);
        phase_ = phase::ending;
        return std::nullopt;
    }
    bool const may_stop = !conversation_.is_in_transaction() && !conversation_.is_in_content();
    if (is_stopping_ && may_stop) {
        end_with({421, "4.3.2 The server stops"}, abandonment::broken);
        return std::nullopt;
    }
    auto token = conversation_.next();
    if (std::holds_alternative<conversation::starving>(token)) return await(now);
    if (auto* const part = std::get_if<conversation::piece>(&token)) return take(*part);
    patience_.satisfied();
    if (auto* const what = std::get_if<command>(&token)) return take(std::move(*what));
    return take(conversation::end_of_chunk());
}

/// A client that begins a handshake here would not understand any reply.
bool session::is_spoken_to_in_tls() const noexcept {
    return !facts_.tls && conversation_.is_at_line_start() &&
           conversation_.unread().starts_with(tls_handshake);
}

session::step session::await(steady_time now) {
    if (conversation_.is_in_content()) return action::read{patience_.for_content(now)};
    conversation_.rest();
    return action::read{patience_.for_command(now)};
}

void session::feed(std::string_view octets) {
    patience_.heard();
    conversation_.feed(octets);
}

std::size_t session::room() const noexcept {
    // Options may allow lines that are longer than that.
    constexpr std::size_t least = 1024;
    return std::max(limits::input - std::min(limits::input, conversation_.unread().size()), least);
}

void session::written(std::size_t octets) {
    output_.erase(0, octets);
    if (output_.empty() && output_.capacity() > kept_for_output) output_ = std::string();
}

void session::secured(tls_facts found) {
    conversation_.forget_input();
    conversation_.restart();
    facts_.tls = std::move(found);
    facts_.hello.clear();
    facts_.verb = hello_verb::none;
    facts_.user.clear();
    if (phase_ == phase::tls) phase_ = phase::commands;  // and not before the greeting
}

void session::expired() {
    end_with({421, "4.4.2 Nothing came in time"}, abandonment::timeout);
}

void session::ended() {
    abandon(abandonment::lost);
    output_.clear();
    delayed_.clear();
    asked_ = question::none;
    phase_ = phase::ending;
}

// ---- questions and replies ----

command const& session::keep(question what, command const& open) {
    asked_ = what;
    open_ = std::make_unique<command>(open);
    return *open_;
}

session::step session::ask(question what, command const& open, any_action how) {
    keep(what, open);
    return how;
}

void session::answer(reply given) {
    if (asked_ == question::message)
        return settle_message(
            std::vector<reply>(std::max<std::size_t>(transaction().recipients.size(), 1), given));
    auto const what = *std::exchange(open_, nullptr);
    settle(what, given.is_final() ? given : reply::internal_error());
}

void session::answer_each(std::vector<reply> given) {
    settle_message(given);
}

void session::accept(command const& what, reply const& said) {
    conversation_.answered(what, said);
    constexpr verb junk[] = {verb::ehlo, verb::helo, verb::lhlo, verb::rset,
                             verb::noop, verb::vrfy, verb::help, verb::xclient};
    bool const is_junk = std::ranges::find(junk, what.verb) != std::end(junk);
    if (is_junk && !said.closes()) return deliver(tally_.junk(), said.encode(form()));
    say(said);
}

void session::refuse(command const& what, reply const& said) {
    conversation_.answered(what, said);
    if (said.closes()) return say(said);
    deliver(tally_.error(), said.encode(form()));
}

void session::deliver(core::tally::verdict how, std::string said) {
    switch (how) {
        case core::tally::verdict::fine: output_ += said; return;
        case core::tally::verdict::slow_down: delayed_ = std::move(said); return;
        case core::tally::verdict::enough:
            return end_with({421, "4.7.0 Too many errors"}, abandonment::broken);
    }
}

void session::say(reply const& said) {
    if (said.closes()) return end_with(said, abandonment::broken);
    output_ += said.encode(form());
}

void session::end_with(reply const& said, abandonment why) {
    auto const octets = said.encode(form());
    abandon(why);
    output_ += octets;
    phase_ = phase::ending;
}

/// Forgets the transaction, if there is one.
void session::abandon(abandonment why) {
    if (conversation_.is_in_transaction() && envelope_)
        abandoned_ = std::make_unique<action::abandoned>(action::abandoned{why, std::move(*envelope_)});
    conversation_.reset();
    envelope_.reset();
    envelope_octets_ = 0;
    candidate_.reset();
    intake_.restart();
    patience_.content_over();
}

reply_form session::form() const noexcept {
    reply_form how;
    if (!options_->offers.has(extension::enhanced_status_codes)) how.codes = reply_form::status_codes::hidden;
    if (transaction().mail.smtputf8) how.text = reply_form::charset::utf8;
    return how;
}

/// After HELO no extension is in force (RFC 5321 4.1.1.1).
extensions session::in_force() const noexcept {
    return facts_.verb == hello_verb::helo ? extensions() : options_->offers;
}

bool session::offers_auth() const noexcept {
    bool const may_be_read = !facts_.tls && options_->allowed_passwords == passwords::in_tls;
    return options_->offers.has(extension::auth) && !may_be_read;
}

bool session::offers_starttls() const noexcept {
    return options_->tls == tls_offer::starttls && !facts_.tls;
}

}  // namespace smtpserver
