#include "core/synthetic.hpp"

#include <algorithm>
#include <array>

namespace callout::core {
namespace {

struct entry {
    reason why;
    std::string_view codes;
};

constexpr auto replies = std::to_array<entry>({
    {reason::null_mx, "556 5.1.10"},  // RFC 7505 4.2
    {reason::no_domain, "550 5.1.2"},
    {reason::bad_domain, "550 5.1.2"},
    {reason::mx_unresolvable, "550 5.1.2"},
    {reason::dns, "451 4.4.3"},
    {reason::refused, "450 4.4.1"},
    {reason::unreachable, "450 4.4.1"},
    {reason::timeout, "450 4.4.2"},
    {reason::closed, "450 4.4.2"},
    {reason::in_progress, "450 4.4.2"},
    {reason::overloaded, "451 4.3.2"},
    {reason::local, "451 4.3.5"},
    {reason::mutual_callout, "451 4.7.1"},
    {reason::protocol, "554 5.5.0"},
    {reason::literal_refused, "554 5.7.1"},
    {reason::forbidden_target, "554 5.7.1"},
    {reason::self, "554 5.4.6"},
    {reason::tls_policy, "554 5.7.10"},  // RFC 8689's "encryption needed"
    {reason::tls_required, "554 5.7.10"},
    {reason::smtputf8_unsupported, "553 5.6.7"},
});

}  // namespace

std::string synthetic_reply(reason why, std::string_view detail) {
    auto const found = std::ranges::find(replies, why, &entry::why);
    auto const codes = found == replies.end() ? "450 4.0.0" : found->codes;
    return std::string(codes) + ' ' + printable(detail);
}

verification verdict_by_fact(status s, reason r, scope whose, std::string_view detail) {
    verification v(s, r);
    v.scope = whose;
    v.message = synthetic_reply(r, detail);
    return v;
}

}  // namespace callout::core
