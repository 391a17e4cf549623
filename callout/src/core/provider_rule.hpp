#pragma once

#include <optional>
#include <string>
#include <vector>

#include "callout/reply.hpp"
#include "callout/stage.hpp"
#include "callout/verification.hpp"
#include "core/phrase.hpp"

namespace callout::core {

/// What one provider says in a way of its own, and what it means.
class provider_rule {
public:
    std::string name;
    std::string where;  ///< "FILE:LINE"
    callout::reason means = reason::no_mailbox;
    callout::strength strength = strength::strong;
    stage at = stage::rcpt;
    std::vector<std::string> hosts;   ///< the end of the host's name, in lower case; it begins with a dot
    std::vector<std::string> tokens;  ///< what the text contains, in lower case
    std::string code;                 ///< "550", "5xx"
    std::optional<enhanced_code> enhanced;
    std::optional<phrase> words;
    std::string source;
};

}  // namespace callout::core
