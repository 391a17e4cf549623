#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "milterproto/rehearsal.hpp"

namespace milterproto::detail {

/// Returns the stage whose macros go before a command, or nothing for a command without macros of its own.
std::optional<macro_stage> macro_stage_of(core::command which);

/// Holds the macros that the MTA of a rehearsal knows, and says which of them go with a command: those of the
/// list that the filter asked for, or else of the profile's own list. `core::mta_macros` is the same for an
/// MTA whose dialect is fixed; a profile may be changed by its test.
class known_macros {
public:
    explicit known_macros(mta_profile const& mta) : mta_(mta) {}

    /// Sets a macro from now on; a known value is replaced.
    void define(std::string name, std::string value) { values_[std::move(name)] = std::move(value); }
    /// Takes the lists that the filter asks for in the payload of its agreement.
    void take_lists(std::string_view agreement);
    std::optional<std::string> const& asked(macro_stage stage) const {
        return asked_[static_cast<std::size_t>(stage)];
    }
    /// Appends the frame that precedes a command, if one does.
    void append(std::string& out, core::command with) const;

private:
    mta_profile mta_;
    std::map<std::string, std::string, std::less<>> values_;
    std::array<std::optional<std::string>, core::macro_stages> asked_;
};

}  // namespace milterproto::detail
