#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "milterproto/core/error.hpp"
#include "milterproto/core/mta/mta_dialect.hpp"

namespace milterproto::core {

/// Holds the macros that an MTA knows in a session, and says which of them go with which command: those of
/// the dialect's own lists, or those that the filter asked for.
class mta_macros {
public:
    explicit mta_macros(macro_rules const& rules);

    /// Sets a macro from here on; an empty value is a value.
    void set(std::string_view name, std::string_view value);
    void unset(std::string_view name) noexcept;
    std::optional<std::string_view> find(std::string_view name) const noexcept;
    /// Sets a macro for the next frame of that command alone, whether or not a list names it.
    void set_once(command with, std::string_view name, std::string_view value);

    void forget_once(command with) noexcept;

    /// Takes the lists that follow the 12 bytes of an agreement, as the dialect does.
    /// `errc::symbol_list_malformed` if they cannot be read (MP-065).
    [[nodiscard]] result<void> take_lists(std::string_view payload);

    /// Appends the frame that precedes the command, or nothing if the dialect sends no frame there.
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
