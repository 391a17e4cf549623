#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "smtpserver/core/path.hpp"

namespace smtpserver {

/// One parameter of MAIL or RCPT as it was written, such as SIZE=1000.
struct parameter {
    std::string keyword;
    std::optional<std::string> value;
    bool operator==(parameter const&) const = default;
};

enum class body_type : std::uint8_t { seven_bit, eight_bit_mime, binary_mime };

/// Which part of a message its sender wants back (RFC 3461 4.3).
enum class returned : std::uint8_t { unspecified, full, headers };

/// What MAIL says.
struct mail_arguments {
    smtpserver::path path;
    bool smtputf8 = false;
    body_type body = body_type::seven_bit;
    std::optional<std::uint64_t> size;  ///< bytes, as announced
    returned ret = returned::unspecified;
    std::optional<std::string> envelope_id;    ///< decoded from xtext: RFC 3461 4.4
    std::optional<std::string> authenticated;  ///< decoded from xtext: RFC 4954 5; empty for AUTH=<>
    std::vector<parameter> parameters;         ///< all, as written
};

/// When a recipient's sender wants a notification (RFC 3461 4.1).
struct notify {
    bool never = false;
    bool success = false;
    bool failure = false;
    bool delay = false;
    bool operator==(notify const&) const = default;
};

/// The address that the sender first wrote (RFC 3461 4.2).
struct original_recipient {
    std::string type;  ///< such as "rfc822"
    std::string
        address;  ///< decoded from xtext; of the type "utf-8" (RFC 6533 3) it is left as it was written
    bool operator==(original_recipient const&) const = default;
};

/// What RCPT says.
struct rcpt_arguments {
    smtpserver::path path;
    std::optional<smtpserver::notify> notify;
    std::optional<original_recipient> original;
    std::vector<parameter> parameters;  ///< all, as written
};

/// The sender and the recipients of one message that were accepted, in their order.
struct envelope {
    mail_arguments mail;
    std::vector<rcpt_arguments> recipients;
};

}  // namespace smtpserver
