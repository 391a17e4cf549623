#pragma once

#include <optional>
#include <span>
#include <string>

#include "callout/system.hpp"

namespace callout {

/// What one message says about one question. It may end at a CNAME without a record of its target.
class dns_reading {
public:
    dns_answer answer;
    bool try_elsewhere = false;     ///< another server may know better: SERVFAIL, REFUSED, a broken message
    bool try_without_edns = false;  ///< the server may not know EDNS (RFC 6891 7): FORMERR, NOTIMP
    /// The question is repeated with other letters in capitals than it was sent with (core/dns_query.hpp).
    bool has_other_letters = false;
    std::optional<std::string> continue_at;  ///< ask this name instead
    std::size_t steps = 0;                   ///< what its names cost to read (core/dns_wire.hpp)
};

/// Reads the answer to the question for `name`, as it was sent. It counts only with QR, opcode QUERY and RA,
/// without TC, and if it repeats the question; the rest is `failed`, so that nobody is refused because a name
/// server is in trouble. Of what a zone holds only what can be used is kept: at most 20 exchanges or 40
/// addresses, and names that can be a host's. Whatever the octets, it fails only by an answer that says
/// `failed`.
dns_reading read_dns_message(std::span<unsigned char const> message, std::string const& name,
                             record_type type, resolver_options const& options);

}  // namespace callout
