#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "smtpserver/server.hpp"

namespace smtpserver::detail {

/// For which domains mail is taken (Pike's first argument of Protocols.SMTP.Server).
class relay_rule {
public:
    /// Throws std::invalid_argument if there is no domain, or if the first is `*`.
    relay_rule(std::vector<std::string> const& domains, subdomains below);

    /// Returns the domain of postmaster and of MAILER-DAEMON.
    std::string const& first() const noexcept { return first_; }
    bool allows(std::string_view domain) const;

private:
    std::string first_;
    std::set<std::string, std::less<>> domains_;  ///< in lower case
    subdomains below_;
    bool takes_all_ = false;
};

}  // namespace smtpserver::detail
