#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace testmta::run {

/// A block that every script has: `use hello`.
class built_in_block {
public:
    struct variable {
        std::string_view name;
        std::string_view usual;  ///< its value, unless the script set it
    };
    std::string_view name;
    std::vector<variable> variables;  ///< in the order in which `use` may name values
    std::string_view lines;
};
std::span<built_in_block const> built_in_blocks();

}  // namespace testmta::run
