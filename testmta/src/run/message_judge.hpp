#pragma once

#include <optional>
#include <string>
#include <vector>

#include "run/followed_message.hpp"
#include "script/expectation.hpp"

namespace testmta::run {

/// What a look at the resulting message has shown.
class judgement {
public:
    std::optional<std::string> got;  ///< what is there instead, if it is not as expected
    std::optional<std::string> doubt;
};
judgement judge_message(final_is const& wanted, followed_message const& message);

/// Returns the value that `capture` searches, or nothing if there is no such field.
std::optional<std::string> field_value(followed_message const& message, std::string_view name);

}  // namespace testmta::run
