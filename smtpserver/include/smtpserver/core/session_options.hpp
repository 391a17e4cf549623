#pragma once

#include <cstdint>
#include <string>

#include "smtpserver/core/command.hpp"
#include "smtpserver/core/content.hpp"
#include "smtpserver/core/extension.hpp"
#include "smtpserver/core/limits.hpp"

namespace smtpserver {

enum class protocol : std::uint8_t { smtp, lmtp };

/// What a client must have done before MAIL.
enum class demand : std::uint8_t { nothing, tls, authentication };

/// Where a password may be sent. Outside TLS everybody on the way can read it.
enum class passwords : std::uint8_t { in_tls, anywhere };

/// Whether the server has a certificate.
enum class tls_offer : std::uint8_t { none, starttls };

/// Which decisions an application takes besides those on MAIL, RCPT and the message. The session takes the
/// others itself: it lets everybody in, answers VRFY with 252,
/// and what is not a command with 500.
struct questions {
    bool connect = false;
    bool hello = false;
    bool data = false;  ///< before 354
    bool vrfy = false;
    bool unknown = false;  ///< commands that SMTP does not have
};

class session_options {
public:
    session_options() {}
    /// What the server calls itself in its greeting and in its reply to EHLO.
    std::string host_name = "localhost";
    /// Where mail for `<postmaster>` goes, who is always a recipient (RFC 5321 4.5.1). If it is empty the
    /// path stays without a domain.
    std::string postmaster_domain;
    smtpserver::protocol protocol = smtpserver::protocol::smtp;
    extensions offers = extensions::usual();
    tls_offer tls = tls_offer::none;
    passwords allowed_passwords = passwords::in_tls;
    demand demands = demand::nothing;
    bare_line_ends line_ends = bare_line_ends::reject;
    path_syntax paths = path_syntax::strict;
    questions asks;
    connection_limits limits;
    time_limits times;
};

}  // namespace smtpserver
