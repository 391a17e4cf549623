#include "core/decision.hpp"

#include <algorithm>
#include <array>

#include "core/built_in_rules.hpp"
#include "core/code_pattern.hpp"
#include "core/retry_after.hpp"
#include "core/synthetic.hpp"

namespace callout::core {
namespace {

// The words of the table below. The table is wider than a line of code should be: as a table it is read at a
// glance.
using enum stage;
using enum status;
using enum strength;
using enum next_step;
using to = callout::scope;
using why = callout::reason;
constexpr auto any_text = topic::none;
/// What a refusal before RCPT can be about, when no mailbox has been named.
constexpr auto of_us = topic::self | topic::rate | topic::policy;
constexpr auto of_sender = topic::sender | topic::null_sender;
/// What a refusal can be about that is not "there is no such mailbox".
constexpr auto of_no_mailbox =
    topic::policy | topic::hint_of_us | topic::later | topic::unverified | topic::trouble;

// clang-format off
constexpr auto table = std::to_array<decision_row>({
    // where     code               enhanced           words               status     reason                     scope        strength next
    {greeting,    "220",             "",                any_text,           pass,      why::accepted,             to::host,    strong, go_on},
    {greeting,    "4xx",             "",                any_text,           transient, why::busy,                 to::host,    strong, next_address},
    {greeting,    "5xx",             "3.2 5.x 7.x",     any_text,           error,     why::blocked,              to::self,    strong, next_host},
    {greeting,    "5xx",             "",                of_us,                  error,     why::blocked,              to::self,    strong, next_host},
    {greeting,    "521 554",         "",                topic::no_service,  fail,      why::no_service,           to::domain,  strong, next_host},  // RFC 7504 3
    {greeting,    "5xx",             "",                any_text,           error,     why::blocked,              to::self,    strong, next_host},

    {ehlo,        "2xx",             "",                any_text,           pass,      why::accepted,             to::host,    strong, go_on},
    {ehlo,        "4xx",             "",                any_text,           transient, why::busy,                 to::host,    strong, next_address},
    {ehlo,        "5xx",             "",                any_text,           error,     why::helo,                 to::self,    strong, use_helo},
    {helo,        "2xx",             "",                any_text,           pass,      why::accepted,             to::host,    strong, go_on},
    {helo,        "4xx",             "",                any_text,           transient, why::busy,                 to::host,    strong, next_address},
    {helo,        "5xx",             "",                any_text,           error,     why::helo,                 to::self,    strong, next_host},

    {starttls,    "220",             "",                any_text,           pass,      why::accepted,             to::host,    strong, go_on},
    {starttls,    "421",             "",                any_text,           transient, why::busy,                 to::host,    strong, next_address},
    {starttls,    "4xx 5xx",         "",                any_text,           error,     why::tls_policy,           to::self,    strong, go_in_clear},

    {mail,        "2xx",             "",                any_text,           pass,      why::accepted,             to::host,    strong, go_on},
    // What MAIL is refused for is us or our sender.
    {mail,        "4xx 5xx",         "",                topic::starttls,    error,     why::tls_required,         to::self,    strong, stop},
    {mail,        "4xx",             "",                topic::callout,     error,     why::mutual_callout,       to::self,    strong, next_host},
    {mail,        "4xx",             "",                topic::greylist,    transient, why::greylisted,           to::address, strong, one_more_host},
    {mail,        "421",             "",                any_text,           transient, why::busy,                 to::host,    strong, one_more_host},
    {mail,        "4xx",             "3.1",             any_text,           transient, why::resources,            to::host,    strong, next_host},
    {mail,        "4xx",             "1.7 1.8 7.x",     any_text,           transient, why::temporary,            to::self,    strong, one_more_host},
    {mail,        "4xx",             "",                of_us,              transient, why::temporary,            to::self,    strong, one_more_host},
    {mail,        "4xx",             "",                any_text,           transient, why::temporary,            to::host,    strong, one_more_host},
    {mail,        "530 534 535 538", "",                any_text,           error,     why::auth_required,        to::self,    strong, next_host},
    {mail,        "552",             "3.4",             any_text,           transient, why::resources,            to::host,    strong, next_host},
    {mail,        "5xx",             "1.10 7.27",       any_text,           error,     why::sender_refused,       to::self,    strong, next_host},
    {mail,        "556",             "",                any_text,           error,     why::sender_refused,       to::self,    strong, next_host},
    {mail,        "5xx",             "",                topic::callout,     error,     why::mutual_callout,       to::self,    strong, next_host},
    {mail_null,   "5xx",             "",                topic::self,        error,     why::blocked,              to::self,    strong, next_host},
    {mail_null,   "5xx",             "",                topic::null_sender, fail,      why::null_refused,         to::domain,  weak,   other_sender},
    {mail_null,   "5xx",             "7.x",             any_text,           error,     why::blocked,              to::self,    strong, next_host},
    {mail,        "5xx",             "",                of_us,              error,     why::blocked,              to::self,    strong, next_host},
    {mail_null,   "5xx",             "",                any_text,           fail,      why::null_refused,         to::domain,  weak,   other_sender},
    {mail_sender, "5xx",             "",                any_text,           error,     why::sender_refused,       to::self,    strong, next_host},

    {rcpt,        "250",             "",                any_text,           pass,      why::accepted,             to::address, strong, stop},
    {rcpt,        "251",             "",                any_text,           pass,      why::forwarded,            to::address, strong, stop},
    {rcpt,        "2xx",             "",                any_text,           pass,      why::unverified,           to::address, weak,   stop},  // 252, and codes that nobody defined

    // Words before codes: servers put the code of one thing beside the words of another.
    {rcpt,        "4xx 5xx",         "",                topic::starttls,    error,     why::tls_required,         to::self,    strong, stop},
    {rcpt,        "4xx 5xx",         "",                topic::greylist,    transient, why::greylisted,           to::address, strong, stop},

    {rcpt,        "4xx",             "1.1",             any_text,           transient, why::unverified_yet,       to::address, strong, stop},
    {rcpt,        "4xx",             "",                topic::unverified,  transient, why::unverified_yet,       to::address, strong, stop},
    {rcpt,        "4xx",             "2.1",             any_text,           transient, why::user_rate,            to::address, strong, stop},
    {rcpt,        "4xx",             "2.2",             any_text,           transient, why::mailbox_full,         to::address, strong, stop},
    {rcpt,        "4xx",             "",                topic::callout,     error,     why::mutual_callout,       to::self,    strong, next_host},
    {rcpt,        "4xx",             "",                topic::null_sender, error,     why::sender_refused,       to::self,    strong, next_host},
    {rcpt,        "421",             "",                any_text,           transient, why::busy,                 to::host,    strong, next_host},
    {rcpt,        "4xx",             "5.3",             any_text,           transient, why::temporary,            to::host,    strong, ask_alone},  // too many recipients
    {rcpt,        "4xx",             "",                topic::crowd,       transient, why::temporary,            to::host,    strong, ask_alone},
    {rcpt,        "4xx",             "",                topic::user_rate,   transient, why::user_rate,            to::address, strong, stop},
    {rcpt,        "4xx",             "",                topic::self,        transient, why::temporary,            to::self,    strong, next_host},
    {rcpt,        "450 451",         "7.0 7.1",         any_text,           transient, why::greylisted,           to::address, strong, stop},
    {rcpt,        "450 451",         "- 0.0 2.0",       topic::later,       transient, why::greylisted,           to::address, strong, stop},
    {rcpt,        "4xx",             "3.1",             any_text,           transient, why::resources,            to::host,    strong, next_host},
    {rcpt,        "4xx",             "1.7 1.8 3.2 3.3 5.x 7.x", any_text,   transient, why::temporary,            to::self,    strong, next_host},
    {rcpt,        "4xx",             "",                topic::full,        transient, why::mailbox_full,         to::address, strong, stop},
    {rcpt,        "422 452",         "- 0.0",           any_text,           transient, why::mailbox_full,         to::address, strong, stop},
    {rcpt,        "4xx",             "",                any_text,           transient, why::temporary,            to::address, strong, next_host},

    // A 5xx says "no mailbox" only with evidence of it and none against.
    {rcpt,        "5xx",             "",                topic::full,        transient, why::mailbox_full,         to::address, strong, stop},
    {rcpt,        "5xx",             "",                topic::user_rate,   transient, why::user_rate,            to::address, strong, stop},
    {rcpt,        "5xx",             "",                topic::crowd,       transient, why::temporary,            to::host,    strong, ask_alone},
    {rcpt,        "5xx",             "",                topic::rate,        transient, why::temporary,            to::self,    strong, next_host},
    {rcpt,        "5xx",             "",                topic::callout,     error,     why::mutual_callout,       to::self,    strong, next_host},
    {rcpt,        "530 534 535 538", "",                any_text,           error,     why::auth_required,        to::self,    strong, next_host},
    {rcpt,        "5xx",             "",                topic::relay,       fail,      why::relay_denied,         to::domain,  strong, next_host},
    {rcpt,        "5xx",             "",                topic::smtputf8,    error,     why::smtputf8_unsupported, to::host,    strong, next_host},
    {rcpt,        "5xx",             "6.7",             any_text,           error,     why::smtputf8_unsupported, to::host,    strong, next_host},
    {rcpt,        "5xx",             "",                topic::self,        error,     why::policy,               to::self,    strong, next_host},
    {rcpt,        "5xx",             "",                of_sender,          error,     why::sender_refused,       to::self,    strong, next_host},
    {rcpt,        "501 502 503 504", "- 0.0 5.x",       any_text,           error,     why::protocol,             to::host,    strong, next_host},
    {rcpt,        "5xx",             "- 0.0 1.x 2.x 7.x", topic::missing,   fail,      why::no_mailbox,           to::address, strong, stop},
    {rcpt,        "5xx",             "- 0.0 1.x 2.x 7.x", topic::disabled,  fail,      why::disabled,             to::address, strong, stop},
    {rcpt,        "5xx",             "",                topic::missing,     fail,      why::no_mailbox,           to::address, weak,   stop},  // beside a code of something else
    {rcpt,        "5xx",             "",                of_no_mailbox,      error,     why::policy,               to::address, strong, next_host},
    {rcpt,        "551",             "",                topic::not_local,   fail,      why::not_local,            to::address, strong, stop},  // its path is not followed
    {rcpt,        "556",             "- 1.10",          topic::no_service,  fail,      why::null_mx,              to::domain,  strong, stop},
    // The enhanced code, where the words decided nothing.
    {rcpt,        "5xx",             "1.0 1.1 1.3 1.6", any_text,           fail,      why::no_mailbox,           to::address, strong, stop},
    {rcpt,        "5xx",             "1.2 1.10",        any_text,           fail,      why::no_mailbox,           to::address, strong, stop},  // never about the domain: Exchange gives 5.1.10 to one recipient
    {rcpt,        "5xx",             "1.4",             any_text,           transient, why::temporary,            to::address, strong, next_host},  // ambiguous
    {rcpt,        "5xx",             "1.7 1.8",         any_text,           error,     why::sender_refused,       to::self,    strong, next_host},
    {rcpt,        "5xx",             "2.1",             any_text,           fail,      why::disabled,             to::address, strong, stop},
    {rcpt,        "5xx",             "2.2",             any_text,           transient, why::mailbox_full,         to::address, strong, stop},
    {rcpt,        "5xx",             "2.4",             any_text,           fail,      why::no_mailbox,           to::address, weak,   stop},  // OpenSMTPD, for an unknown virtual user
    {rcpt,        "5xx",             "3.2 3.3 7.x",     any_text,           error,     why::policy,               to::address, strong, next_host},
    {rcpt,        "5xx",             "5.3",             any_text,           transient, why::temporary,            to::host,    strong, ask_alone},  // too many recipients
    {rcpt,        "5xx",             "5.x",             any_text,           error,     why::protocol,             to::host,    strong, next_host},
    // The code and little more.
    {rcpt,        "50x",             "",                any_text,           error,     why::protocol,             to::host,    strong, next_host},
    {rcpt,        "522 552",         "",                any_text,           transient, why::mailbox_full,         to::address, strong, stop},
    {rcpt,        "550 553",         "- 0.0 2.0",       topic::unavailable, fail,      why::no_mailbox,           to::address, strong, stop},
    {rcpt,        "554",             "",                any_text,           error,     why::policy,               to::address, strong, next_host},
    {rcpt,        "5xx",             "",                any_text,           fail,      why::no_mailbox,           to::address, weak,   stop},

    {rset,        "250",             "",                any_text,           pass,      why::accepted,             to::host,    strong, go_on},
    {any,         "xxx",             "",                any_text,           error,     why::protocol,             to::host,    strong, next_host},  // 3xx, 250 as a greeting
});

constexpr auto faults = std::to_array<fault_row>({
    // where cause                           status     reason            scope     next
    {connect, errc::refused,                  transient, why::refused,     to::host, next_address},
    {connect, errc::timed_out,                transient, why::unreachable, to::host, next_address},
    {connect, errc::local_resources,          error,     why::local,       to::self, stop},
    {connect, errc::source_not_here,          error,     why::local,       to::self, next_address},  // the other family may leave from another one
    {connect, errc::no_way_out,               transient, why::unreachable, to::host, next_address},
    {connect, errc::unreachable,              transient, why::unreachable, to::host, next_address},
    {connect, errc::closed,                   transient, why::closed,      to::host, next_address},
    {any,     errc::cancelled,                transient, why::in_progress, to::self, stop},
    {starttls, errc::tls_handshake,           error,     why::tls_policy,  to::self, next_host},
    {starttls, errc::decided,                 error,     why::tls_policy,  to::self, next_host},  // the certificate is not good enough
    {any,     errc::decided,                  error,     why::protocol,    to::host, next_host},
    {any,     errc::bytes_before_tls,        error,     why::protocol,    to::host, next_host},
    {any,     errc::timed_out,                transient, why::timeout,     to::host, next_address},
    {any,     errc::unreachable,              transient, why::unreachable, to::host, next_address},
    {any,     errc::closed,                   transient, why::closed,      to::host, next_address},
    {any,     errc::reply_not_numeric,        error,     why::protocol,    to::host, next_host},
    {any,     errc::reply_no_separator,       error,     why::protocol,    to::host, next_host},
    {any,     errc::reply_code_out_of_range,  error,     why::protocol,    to::host, next_host},
    {any,     errc::reply_code_changes,       error,     why::protocol,    to::host, next_host},
    {any,     errc::reply_line_too_long,      error,     why::protocol,    to::host, next_host},
    {any,     errc::reply_too_many_lines,     error,     why::protocol,    to::host, next_host},
    {any,     errc::reply_too_big,            error,     why::protocol,    to::host, next_host},
    {any,     errc::reply_unsolicited,        error,     why::protocol,    to::host, next_host},
});
// clang-format on

/// An enhanced code in the words of the table's cells.
class enhanced_words {
public:
    explicit enhanced_words(std::optional<enhanced_code> const& code) {
        if (!code) return;
        auto const subject = std::to_string(code->subject);
        whole_ = subject + '.' + std::to_string(code->detail);
        subject_ = subject + ".x";
    }
    bool fit(std::string_view cell) const {
        if (cell.empty()) return true;
        while (!cell.empty()) {
            auto const end = std::min(cell.find(' '), cell.size());
            auto const word = cell.substr(0, end);
            if (word == whole_ || word == subject_) return true;
            cell.remove_prefix(std::min(end + 1, cell.size()));
        }
        return false;
    }

private:
    std::string whole_ = "-";
    std::string subject_ = "-";
};

bool is_greylisting(reason r) {
    return r == reason::greylisted;
}

struct existence_row {
    callout::reason reason;
    known exists;
};
constexpr auto existences = std::to_array<existence_row>({
    {why::no_mailbox, known::no},
    {why::disabled, known::yes},
    {why::mailbox_full, known::yes},
    {why::user_rate, known::yes},
});

}  // namespace

std::span<decision_row const> decision_table() noexcept {
    return table;
}
std::span<fault_row const> fault_table() noexcept {
    return faults;
}

decision_row const* row_of(stage where, reason means, strength how_sure) noexcept {
    bool const of_rcpt = where == stage::rcpt && (means == why::blocked || means == why::policy);
    auto const whose = means == why::blocked ? to::self : to::address;
    auto const fits = [&](decision_row const& row) {
        bool const same = of_rcpt ? row.reason == why::policy && row.scope == whose : row.reason == means;
        bool const is_verdict = row.then != ask_alone;
        return covers(row.where, where) && same && row.strength == how_sure && is_verdict;
    };
    auto const found = std::ranges::find_if(table, fits);
    return found == table.end() ? nullptr : &*found;
}

decision_row const& row_for(stage where, reply const& r, reading const& read) {
    if (read.rule) return *row_of(where, read.rule->means, read.rule->strength);
    enhanced_words const enhanced(read.enhanced);
    auto const fits = [&](decision_row const& row) {
        return covers(row.where, where) && code_fits(row.code, r.code) && enhanced.fit(row.enhanced) &&
               (row.words == any_text || includes(read.words, row.words));
    };
    return *std::ranges::find_if(table, fits);
}

fault_row const& row_for(stage where, boost::system::error_code fault) {
    auto const fits = [&](fault_row const& row) { return covers(row.where, where) && fault == row.cause; };
    auto const found = std::ranges::find_if(faults, fits);
    return found == faults.end() ? row_for(where, make_error_code(errc::closed)) : *found;
}

finding decide(stage where, reply const& r, names_in_reply const& names) {
    return decide(row_for(where, r, reading(where, r, names, built_in_rules())), r);
}

finding decide(decision_row const& row, reply const& r) {
    verification v(row.status, row.reason);
    v.scope = row.scope;
    v.strength = row.strength;
    v.exists = existence(row.status, row.reason);
    v.message = r.text();
    v.reply = r;
    if (is_greylisting(row.reason)) v.retry_after = retry_after(r);
    return finding(std::move(v), row.then);
}

finding decide(stage where, boost::system::error_code fault) {
    auto const& row = row_for(where, fault);
    verification v(row.status, row.reason);
    v.scope = row.scope;
    v.message = synthetic_reply(row.reason, fault.message());
    return finding(std::move(v), row.then);
}

known existence(status s, reason r) noexcept {
    if (s == pass) return known::yes;
    auto const found = std::ranges::find(existences, r, &existence_row::reason);
    return found == existences.end() ? known::unknown : found->exists;
}

}  // namespace callout::core
