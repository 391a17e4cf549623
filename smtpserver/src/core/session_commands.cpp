#include <algorithm>
#include <string>
#include <utility>

#include "core/arguments.hpp"
#include "core/auth_exchange.hpp"
#include "core/octets.hpp"
#include "core/xclient.hpp"
#include "smtpserver/core/session.hpp"

namespace smtpserver {

namespace {

hello_verb hello_verb_of(verb what) {
    switch (what) {
        case verb::helo: return hello_verb::helo;
        case verb::ehlo: return hello_verb::ehlo;
        case verb::lhlo: return hello_verb::lhlo;
        default: return hello_verb::none;
    }
}

/// Returns whether a client may call itself so. RFC 5321 4.1.1.1 wants a domain or an address; many clients
/// say something else, so only what could not be a name in a log is refused.
bool is_hello_name(std::string_view name) {
    return name.size() <= limits::domain &&
           std::ranges::all_of(name, [](char c) { return c > ' ' && c < 0x7f; });
}

bool has_beyond_ascii(std::string_view text) {
    return std::ranges::any_of(text, core::is_beyond_ascii);
}

/// Returns about how much memory a recipient takes.
std::size_t octets_of(rcpt_arguments const& one) {
    std::size_t all = sizeof one + one.path.local_part().size() + one.path.domain().size();
    for (auto const& each : one.parameters) {
        all += sizeof each + each.keyword.size() + each.value.value_or("").size();
    }
    return all + (one.original ? one.original->address.size() : 0);
}

/// Gives an acceptance without a text the enhanced code of its command (RFC 3463 3.2).
reply with_words(reply const& given, std::string_view words) {
    return given.is_usual() && given.code() == 250 ? reply(250, words) : given;
}

reply need_tls() {
    return {530, "5.7.0 Say STARTTLS first"};
}

}  // namespace

session::step session::take(command what) {
    if (what.verb == verb::end_of_data) return end_of_content(what);
    if (what.verb == verb::http) {
        end_with({221, "2.7.0 This is a mail server"}, abandonment::broken);
        return std::nullopt;
    }
    auto refusal = refusal_of(what);
    if (what.verb == verb::bdat) return bdat(what, std::move(refusal));
    if (!refusal) return obey(what);
    bool const is_asked = !is_turned_away_ && what.verb == verb::unknown &&
                          what.line_fault == line_fault::none && options_->asks.unknown;
    if (is_asked) return unknown(what);
    refuse(what, *refusal);
    return std::nullopt;
}

session::step session::obey(command const& what) {
    switch (what.verb) {
        case verb::ehlo:
        case verb::helo:
        case verb::lhlo: return hello(what);
        case verb::mail: return mail(what);
        case verb::rcpt: return rcpt(what);
        case verb::data: return data(what);
        case verb::vrfy: return vrfy(what);
        case verb::auth: return auth(what);
        case verb::xclient: xclient(what); break;
        case verb::rset:
            abandon(abandonment::reset);
            accept(what, reply(250));
            break;
        case verb::noop: accept(what, reply(250)); break;
        case verb::help: accept(what, reply(214)); break;
        case verb::quit: end_with(reply(221), abandonment::quit); break;
        case verb::starttls:
            say({220, "2.0.0 Begin the handshake"});
            phase_ = phase::before_tls;
            break;
        default: refuse(what, reply(502)); break;
    }
    return std::nullopt;
}

/// What a server does not offer it refuses whatever the order.
std::optional<reply> session::refusal_of(command const& what) const {
    // RFC 5321 3.1
    if (is_turned_away_ && what.verb != verb::quit) return reply(503, "5.5.1 You are not welcome, say QUIT");
    auto by_form = conversation_.objection(what);
    constexpr int bad_order = 503;
    constexpr int no_recipients = 554;
    bool const is_lmtp = options_->protocol == protocol::lmtp;
    if (by_form && by_form->code() == no_recipients && is_lmtp)
        by_form = reply(bad_order, "5.5.1 No valid recipients");  // RFC 2033 4.2
    if (by_form && by_form->code() != bad_order) return by_form;
    if (auto by_policy = policy_refusal(what)) return by_policy;
    return by_form;
}

std::optional<reply> session::policy_refusal(command const& what) const {
    bool const is_lmtp = options_->protocol == protocol::lmtp;
    switch (what.verb) {
        case verb::ehlo:
        case verb::helo:
            if (is_lmtp) return reply(500, "5.5.1 This is LMTP: say LHLO");
            break;
        case verb::lhlo:
            if (!is_lmtp) return reply(500, "5.5.1 This is SMTP: say EHLO");
            break;
        case verb::mail:
            if (options_->demands == demand::tls && !facts_.tls) return need_tls();
            if (options_->demands == demand::authentication && facts_.user.empty()) return reply(530);
            return std::nullopt;
        case verb::rcpt: return std::nullopt;
        case verb::data:
            if (transaction().mail.body != body_type::binary_mime) return std::nullopt;
            return reply(503, "5.5.1 A message of BINARYMIME comes by BDAT");
        case verb::starttls:
            if (facts_.tls) return reply(503, "5.5.1 The connection is in TLS");
            return offers_starttls() ? std::nullopt : std::optional(reply(502));
        case verb::auth: return auth_refusal();
        case verb::xclient:
            if (xclient_ == xclient_use::refused) return reply(550, "5.7.0 XCLIENT is not for you");
            return std::nullopt;
        default: break;
    }
    bool const is_hello = hello_verb_of(what.verb) != hello_verb::none;
    if (is_hello && !is_hello_name(what.argument)) return reply(501, "5.5.4 This is not a name");
    if (has_beyond_ascii(what.argument)) return reply(501, "5.5.4 The argument is not ASCII");
    return std::nullopt;
}

std::optional<reply> session::auth_refusal() const {
    if (!options_->offers.has(extension::auth)) return reply(502);
    if (!offers_auth()) return reply(538, "5.7.11 A password needs TLS: say STARTTLS first");
    if (facts_.verb == hello_verb::helo) return reply(503, "5.5.1 AUTH comes after EHLO");
    if (!facts_.user.empty()) return reply(503, "5.5.1 You are authenticated");
    return std::nullopt;
}

session::step session::hello(command const& what) {
    if (options_->asks.hello) return action::ask_hello{keep(question::hello, what).argument};
    settle_hello(what, reply(250));
    return std::nullopt;
}

session::step session::mail(command const& what) {
    mail_arguments found;
    core::parameter_rules const rules{in_force(), options_->limits.message};
    if (auto refusal = core::read_mail(what, rules, found)) {
        refuse(what, *refusal);
        return std::nullopt;
    }
    envelope_ = std::make_unique<envelope>();
    envelope_->mail = std::move(found);
    return ask(question::mail, what, action::ask_mail{envelope_->mail});
}

session::step session::rcpt(command const& what) {
    rcpt_arguments found;
    core::parameter_rules const rules{in_force(), options_->limits.message};
    if (auto refusal = core::read_rcpt(what, rules, transaction().mail.smtputf8, found)) {
        refuse(what, *refusal);
        return std::nullopt;
    }
    if (found.path.is_bare_postmaster())
        found.path = path(found.path.local_part(), options_->postmaster_domain);
    bool const is_over = transaction().recipients.size() >= options_->limits.recipients ||
                         envelope_octets_ + octets_of(found) > options_->limits.envelope;
    if (is_over) {
        deliver(tally_.recipient_over(), reply(452, "4.5.3 Too many recipients").encode(form()));
        return std::nullopt;
    }
    candidate_ = std::make_unique<rcpt_arguments>(std::move(found));
    return ask(question::rcpt, what, action::ask_rcpt{*candidate_});
}

session::step session::data(command const& what) {
    if (options_->asks.data) return ask(question::data, what, action::ask_data());
    asked_ = question::data;
    settle(what, reply(250));
    return std::nullopt;
}

session::step session::vrfy(command const& what) {
    if (options_->asks.vrfy) return action::ask_vrfy{keep(question::vrfy, what).argument};
    accept(what, reply(252));
    return std::nullopt;
}

session::step session::unknown(command const& what) {
    return action::ask_unknown{keep(question::unknown, what).line};
}

/// A proxy speaks for another client from now on, as if that had just connected.
void session::xclient(command const& what) {
    if (auto const refusal = core::read_xclient(what.argument, facts_)) return refuse(what, *refusal);
    facts_.verb = hello_verb::none;
    conversation_.restart();
    if (tally_.junk() == core::tally::verdict::enough)
        return end_with({421, "4.7.0 Too many errors"}, abandonment::broken);
    phase_ = phase::greeting;
}

session::step session::auth(command const& what) {
    exchange_ = std::make_unique<core::auth_exchange>();
    open_ = std::make_unique<command>(what);
    return std::visit([this](auto outcome) { return take_auth(std::move(outcome)); },
                      exchange_->begin(what.argument));
}

session::step session::take_auth(reply const& said) {
    constexpr int goes_on = 334;
    phase_ = said.code() == goes_on ? phase::auth : phase::commands;
    if (phase_ == phase::auth) {
        say(said);
        return std::nullopt;
    }
    exchange_.reset();
    refuse(*std::exchange(open_, nullptr), said);
    return std::nullopt;
}

session::step session::take_auth(credentials found) {
    phase_ = phase::commands;
    exchange_.reset();
    credentials_ = std::make_unique<credentials>(std::move(found));
    return ask(question::auth, command(verb::auth), action::ask_auth{*credentials_});
}

// ---- what an answer does ----

void session::settle(command const& what, reply const& given) {
    switch (std::exchange(asked_, question::none)) {
        case question::hello: return settle_hello(what, given);
        case question::auth: return settle_auth(what, given);
        case question::mail:
            if (!given.positive()) {
                refuse(what, given);
                envelope_.reset();
                return;
            }
            if (transaction().mail.body == body_type::binary_mime) conversation_.expect_binary();
            return accept(what, with_words(given, "2.1.0 Sender accepted"));
        case question::rcpt: {
            auto one = std::move(*std::exchange(candidate_, nullptr));
            if (!given.positive()) return refuse(what, given);
            envelope_octets_ += octets_of(one);
            envelope_->recipients.push_back(std::move(one));
            return accept(what, with_words(given, "2.1.5 Recipient accepted"));
        }
        case question::data:
            if (!given.positive()) return refuse(what, given);
            return accept(
                what, reply::without_status(354, "Send the message, end it with a dot on a line of its own"));
        case question::vrfy: return given.positive() ? accept(what, given) : refuse(what, given);
        case question::unknown:
            return refuse(what, given.positive() ? *conversation_.objection(what) : given);
        case question::message: return;  // `settle_message` has seen to it
        case question::none:
        case question::connect: break;
    }
    phase_ = phase::commands;
    if (!given.positive()) {
        is_turned_away_ = true;
        return say(given);
    }
    bool const is_lmtp = options_->protocol == protocol::lmtp;
    say(reply::without_status(220, options_->host_name + (is_lmtp ? " LMTP" : " ESMTP")));
}

void session::settle_hello(command const& what, reply const& given) {
    if (!given.positive()) return refuse(what, given);
    abandon(abandonment::hello);
    facts_.hello = what.argument;
    facts_.verb = hello_verb_of(what.verb);
    accept(what, reply::without_status(250, hello_text()));
}

void session::settle_auth(command const& what, reply const& given) {
    auto const found = *std::exchange(credentials_, nullptr);
    if (!given.positive()) return refuse(what, given);
    facts_.user = found.authorization.empty() ? found.user : found.authorization;
    constexpr int authenticated = 235;
    accept(what, given.code() == authenticated ? given : reply(authenticated));
}

std::string session::hello_text() const {
    auto text = options_->host_name;
    if (facts_.verb == hello_verb::helo) return text;
    using enum extension;
    auto const offer = [&](extension one, std::string const& line) {
        if (options_->offers.has(one)) text += '\n' + line;
    };
    offer(pipelining, "PIPELINING");
    offer(size, "SIZE " + std::to_string(options_->limits.message));
    offer(eight_bit_mime, "8BITMIME");
    offer(smtputf8, "SMTPUTF8");
    offer(chunking, "CHUNKING");
    offer(binary_mime, "BINARYMIME");
    offer(enhanced_status_codes, "ENHANCEDSTATUSCODES");
    offer(dsn, "DSN");
    if (offers_starttls()) text += "\nSTARTTLS";
    if (offers_auth()) text += "\nAUTH PLAIN LOGIN";
    if (xclient_ == xclient_use::allowed) text += "\nXCLIENT " + std::string(core::xclient_attributes);
    return text + "\nHELP";
}

}  // namespace smtpserver
