#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "callout/doors/stream.hpp"
#include "callout/mailbox.hpp"

namespace callout::core {

/// Which records an operator wants to be gone: all that would answer a question about an address, or all that
/// keeps us away from a server.
class erasure {
public:
    /// The verdicts on the address and on its domain, the facts of the domain, and what servers have said
    /// against us when somebody asked about the domain.
    static erasure of(mailbox const& address);
    /// What a server has said against us, and what it cannot do. It is known by its name, as MX records have
    /// it, or by any of the addresses; the name may be empty.
    static erasure of(std::string_view host, std::vector<ip_address> addresses);

    /// Returns how the keys begin among which all of them are.
    std::vector<std::string> const& beginnings() const noexcept { return beginnings_; }
    /// Returns whether a record goes. `host` is the server that decided, as the record has it.
    bool covers(std::string_view key, std::string_view host) const;

private:
    erasure() {}

    std::vector<std::string> beginnings_;
    std::string domain_;                  ///< of the address; empty where a server is meant
    std::string host_;                    ///< in lower case
    std::vector<std::string> addresses_;  ///< as keys have them
};

}  // namespace callout::core
