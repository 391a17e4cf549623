#pragma once

#include <cstddef>
#include <string>

#include "callout/capabilities.hpp"

namespace callout::core {

/// What is known about a connection between two questions: one dialogue leaves it to the next.
class session {
public:
    session() {}

    std::string host;      ///< the server's name, as we found it
    bool greeted = false;  ///< EHLO, HELO or LHLO was accepted: transactions may begin
    bool secure = false;
    capabilities offered;
    std::string greeting;  ///< first line of the banner
    std::string helo;      ///< first line of the EHLO or HELO reply

    bool in_transaction = false;  ///< MAIL was accepted
    std::string sender;           ///< of the transaction; empty is `<>`
    bool with_smtputf8 = false;   ///< MAIL asked for it
    std::size_t recipients = 0;   ///< that the transaction was asked for

    std::size_t transactions = 0;  ///< in all
    std::size_t asked = 0;         ///< recipients, in all
    std::size_t refused = 0;       ///< of them, permanently
    bool null_refused = false;     ///< `<>` was refused
};

}  // namespace callout::core
