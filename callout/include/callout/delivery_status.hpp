#pragma once

#include <string>

#include "callout/mailbox.hpp"
#include "callout/verification.hpp"

namespace callout {

/// A verification in the fields that a delivery status notification has for one recipient (RFC 3464 2.3), for
/// programs that build such a message or show one. No message was sent, so none of RFC 3464's actions fits an
/// address that would take one: its action is `deliverable`, the word of Postfix's address verification.
class delivery_status {
public:
    /// `asked` is when the peer was asked: for a cached answer, its age before now.
    delivery_status(verification const& v, mailbox const& whom, system_time asked);

    std::string final_recipient;    ///< "rfc822; ann@example.org", "utf-8; ..." for a local part beyond ASCII
    std::string action;             ///< "deliverable", "failed"; "delayed" where the address is not to blame
    std::string status;             ///< "5.1.1": its class follows the action, whatever the peer's was
    std::string remote_mta;         ///< "dns; mx.example.org"; empty if no server decided
    std::string diagnostic_code;    ///< "smtp; 550 5.1.1 no such user", lines joined by CRLF;
                                    ///< "x-vouch; ..." in our words, where no server replied
    std::string last_attempt_date;  ///< RFC 5322 3.3, in UTC

    /// Returns the fields as they stand in message/delivery-status: CRLF after each, further lines folded.
    std::string text() const;
};

}  // namespace callout
