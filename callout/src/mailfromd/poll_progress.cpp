#include "callout/mailfromd/poll_progress.hpp"

#include <utility>

namespace callout {

namespace {

using core::poll_stage;

bool greets(std::string_view command) {
    return command.starts_with("EHLO") || command.starts_with("HELO") || command.starts_with("LHLO");
}

/// Returns whether the command decides nothing and only tidies up between those that do.
bool tidies(std::string_view command) {
    return command.starts_with("RSET") || command.starts_with("QUIT");
}

/// Returns "mx1.example.org" for "mx1.example.org [192.0.2.10]".
std::string name_of_host(poll const& of) {
    return of.host.substr(0, of.host.find(" ["));
}

}  // namespace

void poll_progress::on(any_event const& what, steady_time) {
    std::visit([this](auto const& e) { note(e); }, what);
}

void poll_progress::note(event::connected const& e) {
    close_group();
    now_ = poll();
    now_.host = e.host;
    mail_refused_ = false;
    outstanding_.clear();
    if (!e.reused) outstanding_.emplace_back();
    open_ = true;
    say(poll_stage::init, now_.host);
}

void poll_progress::note(event::sent const& e) {
    outstanding_.emplace_back(e.command);
}

void poll_progress::note(event::received const& e) {
    auto const positive = e.reply.code < 400;
    bool const to_mail = !outstanding_.empty() && outstanding_.front().starts_with("MAIL");
    answered(e.reply.first_line());
    if (to_mail) mail_refused_ = !positive;
}

void poll_progress::note(event::reply_failed const&) {
    answered("nothing");
}

void poll_progress::answered(std::string first_line) {
    if (!open_ || outstanding_.empty()) return;
    auto const command = std::exchange(outstanding_.front(), {});
    outstanding_.pop_front();
    if (tidies(command)) return;
    bool const was_read = first_line != "nothing";
    if (command.empty() && was_read) say(poll_stage::grtng, now_.greeting = first_line);
    // It may be said again: after STARTTLS, or as HELO. The last one counts.
    if (greets(command) && was_read) now_.helo = first_line;
    // With PIPELINING a RCPT after a refused MAIL is refused for that alone.
    if (command.starts_with("RCPT") && mail_refused_) return;
    now_.sent = command.empty() ? "nothing" : command;
    now_.received = std::move(first_line);
}

void poll_progress::note(event::session_done const& e) {
    // What the verdict says about the host that decided is better than a guess from commands and replies.
    if (open_ && name_of_host(e.verdict.poll) == now_.host) {
        bool const lacks_greeting = now_.greeting.empty() && !e.verdict.poll.greeting.empty();
        if (lacks_greeting) say(poll_stage::grtng, e.verdict.poll.greeting);
        now_ = e.verdict.poll;
    }
    close_group();
}

void poll_progress::conclude(verification const& verdict) {
    close_group();
    // A host that was not reached stands in the poll too, without a greeting.
    bool const unseen = !told_ && verdict.cached == freshness::live && !verdict.poll.greeting.empty();
    if (!unseen) return;
    now_ = verdict.poll;
    say(poll_stage::init, name_of_host(now_));
    say(poll_stage::grtng, now_.greeting);
    open_ = true;
    close_group();
}

void poll_progress::close_group() {
    if (!std::exchange(open_, false)) return;
    if (!now_.helo.empty()) say(poll_stage::helo, now_.helo);
    say(poll_stage::sent, now_.sent);
    say(poll_stage::recv, now_.received);
}

void poll_progress::say(poll_stage stage, std::string_view text) {
    told_ = true;
    tell_(stage, text);
}

}  // namespace callout
