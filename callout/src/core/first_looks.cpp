#include "core/first_looks.hpp"

namespace callout::core {

bool is_without_witness(verification const& v) noexcept {
    bool const is_missing = v.reason == reason::no_domain || v.reason == reason::mx_unresolvable;
    return v.status == status::fail && is_missing && !v.reply;
}

bool first_looks::missing(std::string const& domain, steady_time now) {
    if (awaits_second(domain, now)) return true;
    auto const* const first = seen_.peek(domain);
    bool const is_old = first == nullptr || *first + longest < now;
    if (is_old) seen_.put(domain, now);
    return false;
}

bool first_looks::awaits_second(std::string const& domain, steady_time now) const {
    auto const* const first = seen_.peek(domain);
    return first != nullptr && *first + apart <= now && now <= *first + longest;
}

}  // namespace callout::core
