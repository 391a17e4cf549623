#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callout/capabilities.hpp"
#include "submission/batch.hpp"
#include "submission/session_options.hpp"

namespace submission::sending {

/// What a server offered, as a sender looks at it.
class offers {
public:
    offers() {}
    explicit offers(callout::core::reply const& ehlo) : all_(callout::core::capabilities::of(ehlo)) {}

    callout::core::capabilities const& all() const noexcept { return all_; }
    bool has(std::string_view keyword) const { return all_.offers(keyword); }
    /// Returns the largest message that is taken; nothing if the server names no limit (RFC 1870 4).
    std::optional<std::uint64_t> size_limit() const { return number_after("SIZE"); }
    /// Returns whether a number that a keyword has cannot be read.
    bool has_odd_number() const;
    /// Returns the least time for a delivery (RFC 2852 3), 0 if there is none.
    std::int64_t least_delivery_time() const;
    /// Returns the most recipients of one transaction (RFC 9422).
    std::optional<std::size_t> recipient_limit() const { return all_.limit("RCPTMAX"); }
    bool has_mechanism(auth_mechanism which) const;

private:
    std::optional<std::uint64_t> number_after(std::string_view keyword) const;

    callout::core::capabilities all_;
};

/// Something that a message needs, which a server may lack.
struct need {
    std::string_view keyword;
    bool (*of)(message const&);
    bool is_fatal;  ///< the message cannot do without it
};
/// Returns what messages may need, in the order in which it is reported (smtp-engine.md A.1).
std::vector<need> const& needs();
/// Returns the first keyword that the message cannot do without and the server does not have; else empty.
std::string_view missing_for(message const& what, offers const& server);

bool needs_smtputf8(message const& what);

}  // namespace submission::sending
