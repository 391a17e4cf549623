#include "callout/verification.hpp"

#include <algorithm>
#include <array>

namespace callout {
namespace {

template <class Value>
struct word {
    Value value;
    std::string_view text;
};

constexpr auto statuses = std::to_array<word<status>>({
    {status::pass, "pass"},
    {status::fail, "fail"},
    {status::transient, "transient"},
    {status::error, "error"},
});

constexpr auto reasons = std::to_array<word<reason>>({
    {reason::accepted, "accepted"},
    {reason::forwarded, "forwarded"},
    {reason::unverified, "unverified"},
    {reason::via_backup, "via_backup"},
    {reason::no_mailbox, "no_mailbox"},
    {reason::disabled, "disabled"},
    {reason::not_local, "not_local"},
    {reason::relay_denied, "relay_denied"},
    {reason::null_refused, "null_refused"},
    {reason::no_postmaster, "no_postmaster"},
    {reason::null_mx, "null_mx"},
    {reason::no_domain, "no_domain"},
    {reason::bad_domain, "bad_domain"},
    {reason::mx_unresolvable, "mx_unresolvable"},
    {reason::no_service, "no_service"},
    {reason::greylisted, "greylisted"},
    {reason::mailbox_full, "mailbox_full"},
    {reason::user_rate, "user_rate"},
    {reason::unverified_yet, "unverified_yet"},
    {reason::busy, "busy"},
    {reason::resources, "resources"},
    {reason::temporary, "temporary"},
    {reason::closed, "closed"},
    {reason::timeout, "timeout"},
    {reason::in_progress, "in_progress"},
    {reason::refused, "refused"},
    {reason::unreachable, "unreachable"},
    {reason::dns, "dns"},
    {reason::overloaded, "overloaded"},
    {reason::blocked, "blocked"},
    {reason::policy, "policy"},
    {reason::helo, "helo"},
    {reason::sender_refused, "sender_refused"},
    {reason::auth_required, "auth_required"},
    {reason::tls_required, "tls_required"},
    {reason::tls_policy, "tls_policy"},
    {reason::mutual_callout, "mutual_callout"},
    {reason::protocol, "protocol"},
    {reason::bad_request, "bad_request"},
    {reason::literal_refused, "literal_refused"},
    {reason::smtputf8_unsupported, "smtputf8_unsupported"},
    {reason::forbidden_target, "forbidden_target"},
    {reason::self, "self"},
    {reason::local, "local"},
});

constexpr auto scopes = std::to_array<word<scope>>({
    {scope::address, "address"},
    {scope::domain, "domain"},
    {scope::host, "host"},
    {scope::self, "self"},
});

constexpr auto strengths = std::to_array<word<strength>>({
    {strength::strong, "strong"},
    {strength::weak, "weak"},
});

constexpr auto knowns = std::to_array<word<known>>({
    {known::no, "no"},
    {known::yes, "yes"},
    {known::unknown, "unknown"},
});

constexpr auto keepings = std::to_array<word<kept_for>>({
    {kept_for::nothing, "nothing"},
    {kept_for::address, "address"},
    {kept_for::domain, "domain"},
    {kept_for::host, "host"},
});

// A table in the order of its enumeration is its own index; this keeps it so.
template <class Table>
consteval bool in_order(Table const& table) {
    for (std::size_t i = 0; i < table.size(); ++i) {
        if (static_cast<std::size_t>(table[i].value) != i) return false;
    }
    return true;
}
static_assert(in_order(statuses) && in_order(reasons) && in_order(scopes) && in_order(strengths));
static_assert(in_order(knowns) && in_order(keepings));

template <class Table, class Value>
std::string_view text_of(Table const& table, Value value) {
    return table[static_cast<std::size_t>(value)].text;
}

template <class Value, class Table>
std::optional<Value> value_of(Table const& table, std::string_view text) {
    auto const found = std::ranges::find(table, text, &word<Value>::text);
    if (found == table.end()) return std::nullopt;
    return found->value;
}

/// Which errors of `mailbox::parse` are facts of the domain; all others are mistakes of the asker.
constexpr auto bad_domains = std::to_array<errc>({
    errc::domain_too_long,
    errc::label_too_long,
    errc::domain_single_label,
    errc::domain_not_idna,
});

}  // namespace

std::string_view to_string(status v) noexcept {
    return text_of(statuses, v);
}
std::string_view to_string(reason v) noexcept {
    return text_of(reasons, v);
}
std::string_view to_string(scope v) noexcept {
    return text_of(scopes, v);
}
std::string_view to_string(strength v) noexcept {
    return text_of(strengths, v);
}
std::string_view to_string(known v) noexcept {
    return text_of(knowns, v);
}
std::string_view to_string(kept_for v) noexcept {
    return text_of(keepings, v);
}

std::optional<status> status_from(std::string_view text) noexcept {
    return value_of<status>(statuses, text);
}
std::optional<reason> reason_from(std::string_view text) noexcept {
    return value_of<reason>(reasons, text);
}
std::optional<scope> scope_from(std::string_view text) noexcept {
    return value_of<scope>(scopes, text);
}
std::optional<strength> strength_from(std::string_view text) noexcept {
    return value_of<strength>(strengths, text);
}
std::optional<known> known_from(std::string_view text) noexcept {
    return value_of<known>(knowns, text);
}

verification verification_of(boost::system::error_code refused_address) {
    bool const of_domain = std::ranges::any_of(bad_domains, [&](errc e) { return refused_address == e; });
    verification v(of_domain ? status::fail : status::error,
                   of_domain ? reason::bad_domain : reason::bad_request);
    v.scope = of_domain ? scope::domain : scope::address;
    v.message = (of_domain ? "550 5.1.2 " : "550 5.1.3 ") + refused_address.message();
    return v;
}

}  // namespace callout
