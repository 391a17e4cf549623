#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include "callout/doors/error.hpp"

namespace submission {

using callout::result;

/// What can go wrong beyond what `callout::errc` names, which is about addresses, replies and connections.
enum class errc {
    nothing_to_do = 1,  ///< every recipient is complete, and no ETRN is left

    // what an application asks for
    envelope_id_empty,
    envelope_id_too_long,  ///< over 100 characters of xtext (RFC 3461 4.4)
    envelope_id_not_ascii,
    original_recipient_syntax,
    original_recipient_too_long,  ///< over 500 characters (RFC 3461 4.2)
    notify_never_alone,           ///< NEVER together with another word (RFC 3461 4.1)
    deliver_by_out_of_range,      ///< RFC 2852 4
    etrn_syntax,
    destination_syntax,
    content_cannot_be_opened,

    // what becomes of one message
    extension_missing,       ///< the server does not offer what the message needs
    smtputf8_missing,        ///< an address or a header is not in ASCII (X.6.7 of RFC 6531)
    message_too_big,         ///< for the size that the server announced (5.3.4)
    refused,                 ///< the reply says why
    all_recipients_refused,  ///< so nothing was sent
    recipient_refused,       ///< and all were required
    unexpected_reply,        ///< of a class that the command does not have
    content_failed,          ///< it could not be read
    content_not_repeatable,  ///< it was read once, and cannot be read again
    skipped,                 ///< by the application's decision
    outcome_unknown,         ///< the connection was lost after the end of the message was sent

    // what becomes of a session
    greeting_refused,
    hello_refused,
    tls_missing,          ///< the server does not offer STARTTLS, and TLS is required
    tls_refused,          ///< STARTTLS was answered with a refusal
    certificate_refused,  ///< by our policy, or by the application
    tls_files_unusable,   ///< ours
    not_authenticated,
    closing,  ///< the server said 421
    // finding the server
    no_such_domain,
    null_mx,  ///< the domain takes no mail (RFC 7505)
    no_host,
    dns_failed,
};

boost::system::error_category const& category() noexcept;
boost::system::error_code make_error_code(errc e) noexcept;

}  // namespace submission

template <>
struct boost::system::is_error_code_enum<submission::errc> : std::true_type {};
