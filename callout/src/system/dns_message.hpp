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
    std::optional<std::string> continue_at;  ///< ask this name instead
};

/// Reads a raw answer with libc's parser, so that the TTLs are kept. Whatever the bytes, it fails only by an
/// answer that says `failed`.
dns_reading read_dns_message(std::span<unsigned char const> message, std::string const& name,
                             record_type type, resolver_options const& options);

}  // namespace callout
