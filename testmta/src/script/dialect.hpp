#pragma once

#include <span>
#include <string>
#include <string_view>

#include "milterproto/core/mta/mta_dialect.hpp"

namespace testmta::run {

namespace core = milterproto::core;

enum class percent_form { kept, halved };

/// The MTA to imitate. "plain" is none in particular: it sends few macros and adds as little of its own as it
/// can.
struct dialect {
    std::string_view name;
    percent_form percent;  ///< what becomes of `%%` in a reply text
    core::mta_dialect mta;
};

std::span<dialect const> dialects();
/// Returns the dialect of that name, or null.
dialect const* find_dialect(std::string_view name);
/// Returns `possible: plain, ...`.
std::string list_dialects();

}  // namespace testmta::run
