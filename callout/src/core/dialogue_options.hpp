#pragma once

#include <optional>
#include <string>
#include <vector>

#include "callout/doors/random.hpp"
#include "callout/doors/stream.hpp"
#include "callout/doors/tls.hpp"
#include "callout/reply_rules.hpp"
#include "callout/request.hpp"

namespace callout::core {

class brief;

/// Who we are and whom we ask about.
class dialogue_options {
public:
    dialogue_options(std::string helo_, std::string recipient_)
        : helo(std::move(helo_)), recipient(std::move(recipient_)) {}
    /// `chance` makes the random recipient, if one is to be asked.
    dialogue_options(brief const& what, random& chance);

    /// Returns all that a session from `source` to `to` must have in common with the question that it serves.
    std::string session_key(endpoint const& to, std::optional<ip_address> const& source) const;

    std::string helo;
    std::string recipient;
    std::vector<std::string> senders = {""};      ///< tried in order; empty is `<>`
    std::optional<std::string> random_recipient;  ///< asked before `recipient`
    std::vector<std::string> postmasters;         ///< asked after a pass, until one is accepted
    bool needs_smtputf8 = false;
    tls_use tls = tls_use::ondemand;
    callout::protocol via = protocol::smtp;
    reply_rules rules;
    bool may_be_ourselves = false;    ///< an explicit route may lead to a server of our own name
    std::size_t max_recipients = 10;  ///< in one session
};

}  // namespace callout::core
