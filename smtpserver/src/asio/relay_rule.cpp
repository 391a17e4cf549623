#include "relay_rule.hpp"

#include <algorithm>
#include <stdexcept>

#include "core/octets.hpp"

namespace smtpserver::detail {

namespace {

std::string in_lower_case(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), core::to_lower);
    return lower;
}

}  // namespace

relay_rule::relay_rule(std::vector<std::string> const& domains, subdomains below) : below_(below) {
    if (domains.empty() || domains.front().empty() || domains.front() == "*")
        throw std::invalid_argument(
            "a server needs a domain of its own, for postmaster and MAILER-DAEMON: name it first");
    first_ = domains.front();
    for (auto const& one : domains) {
        if (one == "*") takes_all_ = true;
        domains_.insert(in_lower_case(one));
    }
}

bool relay_rule::allows(std::string_view domain) const {
    if (takes_all_) return true;
    auto const lower = in_lower_case(domain);
    std::string_view rest = lower;
    for (;;) {
        if (domains_.contains(rest)) return true;
        auto const dot = rest.find('.');
        if (below_ == subdomains::refused || dot == rest.npos) return false;
        rest.remove_prefix(dot + 1);
    }
}

}  // namespace smtpserver::detail
