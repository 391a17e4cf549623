#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "milterproto/core/mta/mta_dialect.hpp"

namespace milterproto::core {

/// What an MTA knows about a session, by name, and which of it goes with which command: the dialect's own
/// lists, or those that the filter asked for.
class mta_macros {
public:
    explicit mta_macros(macro_rules const& rules);

    /// From here on; an empty value is a value.
    void set(std::string_view name, std::string_view value);
    void unset(std::string_view name) noexcept;
    std::optional<std::string_view> find(std::string_view name) const noexcept;
    /// With the next frame of that command alone, whether or not a list names it.
    void set_once(command with, std::string_view name, std::string_view value);

    void forget_once(command with) noexcept;

    /// Takes the lists behind the 12 octets of an agreement, as the dialect does. False if they cannot be
    /// read (MP-065).
    [[nodiscard]] bool take_lists(std::string_view payload);

    /// Appends the frame that precedes the command; none if the dialect sends none there.
    void append(std::string& out, command with);

private:
    struct entry {
        std::string name;
        std::string value;
        bool defined;
    };
    struct single {
        command with;
        std::string name;
        std::string value;
    };
    struct wanted {
        bool sent = false;
        std::string_view names;
    };

    void take_list(std::uint32_t stage, std::string_view names);
    wanted list_for(command with) const noexcept;

    macro_rules rules_;
    std::vector<entry> entries_;
    std::vector<single> singles_;
    std::array<std::optional<std::string>, macro_stages> asked_;
    std::vector<std::string_view> pairs_;  ///< of the frame under way; kept for its memory
};

}  // namespace milterproto::core
