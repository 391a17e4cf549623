#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "milterproto/core/filter/filter_session.hpp"

namespace milterproto::core {

/// What is known of a macro at a stage.
enum class macro_is {
    always_there,     ///< Postfix and Sendmail have it for every client and every message
    sometimes_there,  ///< such as {auth_authen}: absent where the client did not authenticate
    unknown,          ///< neither has it, unless an operator has defined it
};
macro_is expectation_of(macro_stage stage, std::string_view name) noexcept;

/// A macro that a filter asked for, and that did not come.
struct missing_macro {
    macro_stage stage;
    std::string_view name;  ///< a view of the filter's wishes
};

/// Finds the macros of one milter connection that a filter asked for and did not get, although the stage came
/// with its macros. A macro that may rightly be absent is never among them. Each stage is checked once for
/// each client.
class macro_check {
public:
    /// Returns what is missing. To be called with each event that is shown to the filter.
    std::vector<missing_macro> look(filter_event const& event, filter_session const& session);

private:
    std::array<bool, macro_stages> done_{};
    bool has_address_ = false;  ///< the client came over the network; a filter without on_connect cannot know
};

}  // namespace milterproto::core
