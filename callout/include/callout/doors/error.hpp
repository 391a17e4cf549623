#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

namespace callout {

template <class T = void>
using result = boost::system::result<T>;

/// The causes of errors, one value each; `make_error_code` gives the text that a person reads.
enum class errc {
    // an address that a person or a peer wrote (smtp-callout.md 2.1)
    address_empty = 1,
    address_syntax,
    address_control_character,  ///< CR, LF, NUL or another control character: it must never reach a command
    address_too_long,           ///< over 320 bytes
    domain_too_long,            ///< over 253 bytes
    label_too_long,             ///< over 63 bytes
    domain_single_label,
    domain_not_idna,  ///< UTS-46 refuses it

    // a name that a person chose
    host_name_syntax,
    helo_name_syntax,  ///< RFC 5321 4.1.1.1

    // a reply that a peer sent (smtp-engine.md B.4)
    reply_not_numeric,
    reply_no_separator,
    reply_code_out_of_range,
    reply_code_changes,  ///< another first digit within one reply
    reply_line_too_long,
    reply_too_many_lines,
    reply_too_big,
    reply_unsolicited,  ///< it answers no command

    // what happens to a connection
    timed_out,
    closed,
    refused,
    unreachable,
    no_way_out,       ///< this machine has no address or route of the peer's family: nothing was sent
    source_not_here,  ///< this machine does not have the address that the connection should leave from
    local_resources,  ///< our own machine: descriptors, memory, ports
    cancelled,
    tls_handshake,     ///< the handshake failed
    bytes_before_tls,  ///< in clear, after the answer to STARTTLS: somebody injects (CVE-2011-0411)
    decided,           ///< an observer's decision ended the session

    // a store
    store_unavailable,
};

boost::system::error_category const& category() noexcept;
boost::system::error_code make_error_code(errc e) noexcept;

}  // namespace callout

template <>
struct boost::system::is_error_code_enum<callout::errc> : std::true_type {};
