#include <algorithm>

#include "sending/base64.hpp"
#include "sending/command.hpp"
#include "sending/session.hpp"

namespace submission::sending {
namespace {

using cause = event::disconnected::cause;

bool is_missing_command(unsigned code) {
    return code == 500 || code == 501 || code == 502 || code == 504;
}

}  // namespace

void session::on_greeting(reply const& r) {
    if (r.code == 220) return greet(begin_.by_helo);
    if (r.transient() || r.permanent()) return leave(errc::greeting_refused, afterwards::next_address);
    // It is not a mail server that is ready: it is left without a word (SE-038).
    tell_.tell(event::protocol_error{errc::unexpected_reply, "nothing", r.first_line()});
    drop(errc::unexpected_reply, cause::protocol, afterwards::next_address);
}

void session::greet(bool by_helo) {
    by_ehlo_ = !by_helo;
    say(phase::hello, by_helo ? helo_line(how_.helo) : ehlo_line(how_.helo));
}

void session::on_hello(expectation const&, reply const& r) {
    using callout::core::verb;
    if (r.positive()) {
        server_ = by_ehlo_ ? offers(r) : offers();
        tell_.tell(event::hello_done{r, by_ehlo_ ? verb::ehlo : verb::helo, is_secure_, server_.all()});
        return after_hello();
    }
    if (by_ehlo_ && (r.permanent() || is_missing_command(r.code))) return greet(true);
    leave(errc::hello_refused, afterwards::next_address);
}

void session::after_hello() {
    bool const wants_tls = how_.tls != tls_policy::never && !is_secure_ && !begin_.in_clear;
    if (wants_tls && server_.has("STARTTLS")) return say(phase::starttls, "STARTTLS");
    bool const must = how_.tls == tls_policy::require || how_.tls == tls_policy::verified;
    if (must && !is_secure_) {
        misses("STARTTLS", std::nullopt, true, event::extension_missing::decision::quit);
        return leave(errc::tls_missing);
    }
    begin_auth();
}

void session::on_starttls(reply const& r) {
    if (r.code != 220) return tls_failed(event::tls_failed::stage::command, &r, {}, errc::tls_refused);
    begin_tls();
}

/// Asks about each of our files that cannot be used. Nothing goes on in clear because of them (SE-068).
bool session::accepts_files() {
    using decision = event::client_certificate_problem::decision;
    return std::ranges::all_of(how_.tls_faults, [&](callout::tls_file_fault const& one) {
        return tell_.ask(event::client_certificate_problem{one.kind, one.text}) == decision::go_on;
    });
}

void session::begin_tls() {
    if (!accepts_files()) return drop(errc::tls_files_unusable, cause::decision);
    tell_.tell(event::tls_starting{host_});
    state_ = state::handshake;
    ++number_;
}

void session::secured(callout::result<callout::tls_session> const& handshake) {
    state_ = state::waiting;
    if (handshake) return on_certificate(*handshake);
    auto const why = handshake.error();
    if (why == callout::errc::bytes_before_tls) {
        tell_.tell(event::protocol_error{why, "STARTTLS", {}});
        return drop(why, cause::protocol, afterwards::next_address);
    }
    tls_failed(event::tls_failed::stage::handshake, nullptr, why, errc::tls_refused);
}

void session::on_certificate(callout::tls_session const& found) {
    using decision = event::certificate_verdict::decision;
    if (found.problems != callout::certificate_problem::none) {
        auto const proposed = how_.tls == tls_policy::verified ? decision::refuse : decision::accept;
        is_secure_ = true;
        if (tell_.ask(event::certificate_verdict{found, proposed}) == decision::refuse)
            return tls_failed(event::tls_failed::stage::verify, nullptr, errc::certificate_refused,
                              errc::certificate_refused);
    }
    is_secure_ = true;
    tell_.tell(event::tls_up{found});
    server_ = offers();  // RFC 3207 4.2: what was learnt in clear is forgotten
    if (begin_.tls == tls_start::at_once)
        outstanding_.emplace_back(phase::greeting);
    else
        greet(false);
}

void session::tls_failed(event::tls_failed::stage where, reply const* r, boost::system::error_code why,
                         errc meaning) {
    using stage = event::tls_failed::stage;
    using callout::after_tls_failure;
    bool const may_be_clear = how_.tls == tls_policy::may && begin_.tls == tls_start::on_request;
    // Whoever refuses a certificate does not want the same server in clear.
    bool const is_proposed = may_be_clear && where != stage::verify;
    auto const proposed = is_proposed ? after_tls_failure::retry_plain : after_tls_failure::quit;
    auto decided = tell_.ask(event::tls_failed{where, r, why, proposed});
    if (decided == after_tls_failure::retry_plain && !may_be_clear) decided = after_tls_failure::quit;
    if (decided == after_tls_failure::retry_plain && where == stage::command) {
        begin_.in_clear = true;
        return begin_auth();
    }
    auto const error = why ? why : make_error_code(meaning);
    auto then = afterwards::stop;
    if (decided == after_tls_failure::next_address) then = afterwards::next_address;
    if (decided == after_tls_failure::retry_plain) {
        then = afterwards::again;
        ending_.next = begin_;
        ending_.next.in_clear = true;
    }
    if (where == stage::handshake) return drop(error, cause::tls, then);
    leave(error, then);
    ending_.cause = cause::tls;
}

/// Returns whether the session ends because of it.
bool session::misses(std::string_view keyword, std::optional<std::size_t> who, bool is_fatal,
                     event::extension_missing::decision proposed) {
    auto const decided = tell_.ask(event::extension_missing{keyword, who, is_fatal, proposed});
    return decided == event::extension_missing::decision::quit;
}

void session::begin_auth() {
    if (!how_.login) return check_extensions();
    next_mechanism_ = 0;
    if (try_mechanism()) return;
    if (misses("AUTH", std::nullopt, false, event::extension_missing::decision::quit))
        return leave(errc::not_authenticated);
    check_extensions();
}

/// Begins the next exchange that both sides have.
bool session::try_mechanism() {
    auto const& login = *how_.login;
    if (login.place == auth_place::in_tls && !is_secure_) return false;
    auto const& all = login.mechanisms;
    while (next_mechanism_ < all.size() && !server_.has_mechanism(all[next_mechanism_])) ++next_mechanism_;
    if (next_mechanism_ == all.size()) return false;
    gave_up_auth_ = false;
    auth_ = make_sasl(all[next_mechanism_++], login, make_nonce());
    auto line = "AUTH " + std::string(auth_->mechanism());
    auto shown = line;
    if (auto const initial = auth_->initial()) {
        line += ' ' + (initial->empty() ? "=" : to_base64(*initial));
        shown += " ***";
    }
    say_secret(phase::authentication, line, std::move(shown));
    return true;
}

std::string session::make_nonce() {
    std::string octets;
    for (int i = 0; i < 3; ++i)
        for (auto value = chance_.next(); value != 0; value >>= 8) octets += static_cast<char>(value & 255);
    return to_base64(octets);
}

void session::on_auth(reply const& r) {
    if (r.code != 334) return auth_ended(r, r.positive() && auth_->is_satisfied() && !gave_up_auth_);
    auto const challenge = from_base64(r.lines.front());
    auto const response = challenge ? auth_->respond(*challenge) : std::nullopt;
    gave_up_auth_ = !response;
    if (!response) return say_secret(phase::authentication, "*", "*");
    say_secret(phase::authentication, to_base64(*response), "***");
}

void session::auth_ended(reply const& r, bool ok) {
    using decision = event::auth_done::decision;
    auto const mechanism = std::string(auth_->mechanism());
    auth_.reset();
    // 504 and 534 are about the mechanism; what is said of the password holds for all of them (RFC 4954 6). A
    // server that could not prove itself gets nothing more.
    bool const is_other = !ok && !gave_up_auth_ && (r.code == 504 || r.code == 534 || r.code == 501);
    auto const proposed = ok ? decision::go_on : is_other ? decision::next_mechanism : decision::quit;
    auto const decided = tell_.ask(event::auth_done{mechanism, r, ok, proposed});
    if (ok || decided == decision::go_on) return check_extensions();
    if (decided == decision::next_mechanism && try_mechanism()) return;
    leave(errc::not_authenticated);
}

/// Tells all that is missing before anything is decided (smtp-engine.md A.1).
void session::check_extensions() {
    using decision = event::extension_missing::decision;
    bool quits = false;
    auto const check = [&](std::string_view keyword) {
        auto const found = std::ranges::find(needs(), keyword, &need::keyword);
        quits = misses_for_message(*found) || quits;
    };
    for (auto const* const keyword : {"DSN", "CHUNKING", "BINARYMIME", "8BITMIME"}) check(keyword);
    bool const wants_etrn = std::ranges::any_of(what_.etrns, [](etrn const& one) { return !one.complete(); });
    if (wants_etrn && !server_.has("ETRN")) {
        quits = misses("ETRN", std::nullopt, false, decision::quit) || quits;
        next_etrn_ = what_.etrns.size();
    }
    for (auto const* const keyword : {"SMTPUTF8", "DELIVERBY"}) check(keyword);
    if (quits) return leave(errc::extension_missing);
    advance();
}

bool session::misses_for_message(need const& what) {
    if (server_.has(what.keyword)) return false;
    auto const found = std::ranges::find_if(
        what_.messages, [&](message const& one) { return one.is_open() && what.of(one); });
    if (found == what_.messages.end()) return false;
    return misses(what.keyword, static_cast<std::size_t>(found - what_.messages.begin()), what.is_fatal,
                  event::extension_missing::decision::go_on);
}

}  // namespace submission::sending
