#include "callout/core/dialogue.hpp"

#include "callout/core/synthetic.hpp"

namespace callout::core {
namespace {

/// RFC 5321 3.8: it answers all that is outstanding.
bool is_closing(reply const& r) {
    return r.code == 421;
}

/// A peer that cannot keep to the protocol is left without a word (SE-038).
bool deserves_quit(finding const& f) {
    return f.answer.reason != reason::protocol;
}

}  // namespace

std::string action::bytes() const {
    std::string all;
    for (auto const& command : commands) {
        all += command.line();
        all += line_end;
    }
    return all;
}

dialogue::dialogue(dialogue_options options, opening how) : options_(std::move(options)), how_(how) {
    rejects_null_ = how_.use_fallback_sender;
}

action dialogue::start() {
    outstanding_.push_back({stage::greeting, "nothing"});
    return action::exchange(std::vector<command>(), stage::greeting);
}

action dialogue::resume(result<reply> const& answer) {
    auto const asked = std::move(outstanding_.front());
    outstanding_.pop_front();
    return answer ? on_reply(asked, *answer) : on_fault(asked, answer.error());
}

action dialogue::on_reply(expectation const& asked, reply const& r) {
    record(asked, r.first_line());
    if (asked.where == stage::greeting) poll_.greeting = r.first_line();
    if (covers(stage::ehlo, asked.where) || covers(stage::helo, asked.where)) poll_.helo = r.first_line();
    if (changing_sender_) return change_sender(asked, r);
    auto f = decide(asked.where, r, options_.recipient);
    switch (f.then) {
        case next_step::go_on: return proceed(asked.where, r);
        case next_step::use_helo: return greet(verb::helo);
        case next_step::other_sender: return leave_null_sender(std::move(f));
        case next_step::next_address:
        case next_step::next_host:
        case next_step::stop: break;
    }
    may_take_leave_ = deserves_quit(f);
    return finish(std::move(f));
}

action dialogue::on_fault(expectation const& asked, boost::system::error_code fault) {
    record(asked, "nothing");
    auto f = decide(asked.where, fault);
    if (fault != errc::closed) return finish(std::move(f));
    if (changing_sender_) return finish_and_reconnect(how_, std::move(f));
    bool const greeted = covers(stage::ehlo, asked.where) || covers(stage::helo, asked.where);
    if (greeted && how_.greet_by == verb::ehlo) {  // it may know HELO only, and hang up on all else (SE-045)
        opening anew = how_;
        anew.greet_by = verb::helo;
        return finish_and_reconnect(anew, std::move(f));
    }
    return finish(std::move(f));
}

action dialogue::proceed(stage after, reply const& r) {
    switch (after) {
        case stage::greeting: return greet(how_.greet_by);
        case stage::ehlo: offered_ = capabilities::of(r); [[fallthrough]];
        case stage::helo: return begin_transaction();
        default: break;
    }
    if (!outstanding_.empty()) return expect_next();
    return ask(stage::rcpt, command(verb::rcpt, options_.recipient));
}

action dialogue::greet(verb v) {
    return ask(v == verb::ehlo ? stage::ehlo : stage::helo, command(v, options_.helo));
}

action dialogue::begin_transaction() {
    if (options_.needs_smtputf8 && !offered_.offers("SMTPUTF8")) {
        may_take_leave_ = true;
        auto v = verdict_by_fact(status::error, reason::smtputf8_unsupported, scope::host,
                                 "the server lacks SMTPUTF8");
        return finish(finding(std::move(v), next_step::next_host));
    }
    bool const null = !how_.use_fallback_sender;
    std::vector<command> commands;
    say(commands, null ? stage::mail_null : stage::mail_sender,
        command(verb::mail, null ? std::string_view() : *options_.fallback_sender,
                options_.needs_smtputf8 ? " SMTPUTF8" : ""));
    if (offered_.offers("PIPELINING")) {
        say(commands, stage::rcpt, command(verb::rcpt, options_.recipient));
    }
    return action::exchange(std::move(commands), outstanding_.front().where);
}

/// `<>` was refused. What is outstanding is heard out first (CO-059), then RSET, then the other sender.
action dialogue::leave_null_sender(finding refusal) {
    rejects_null_ = true;
    if (!options_.fallback_sender) {
        may_take_leave_ = true;
        refusal.then = next_step::stop;
        return finish(std::move(refusal));
    }
    changing_sender_ = true;
    how_.use_fallback_sender = true;
    return outstanding_.empty() ? reset() : expect_next();
}

action dialogue::reset() {
    return ask(stage::rset, command(verb::rset));
}

action dialogue::change_sender(expectation const& asked, reply const& r) {
    if (asked.where == stage::rset && r.code == 250) {
        changing_sender_ = false;
        return begin_transaction();
    }
    if (asked.where != stage::rset && !is_closing(r)) return reset();
    may_take_leave_ = true;  // the session is dropped, the question is not
    return finish_and_reconnect(how_, decide(asked.where, r, options_.recipient));
}

action dialogue::ask(stage where, core::command what) {
    std::vector<command> commands;
    say(commands, where, std::move(what));
    return action::exchange(std::move(commands), where);
}

action dialogue::expect_next() const {
    return action::exchange(std::vector<command>(), outstanding_.front().where);
}

void dialogue::say(std::vector<command>& commands, stage where, core::command what) {
    outstanding_.push_back({where, what.line()});
    commands.push_back(std::move(what));
}

void dialogue::record(expectation const& asked, std::string received) {
    poll_.sent = asked.command;
    poll_.received = std::move(received);
}

action dialogue::finish(finding f) {
    outcome_ = std::move(f);
    outcome_.answer.poll = poll_;
    outcome_.answer.rejects_null = rejects_null_;
    return action::done();
}

action dialogue::finish_and_reconnect(opening how, finding f) {
    again_ = how;
    return finish(std::move(f));
}

}  // namespace callout::core
