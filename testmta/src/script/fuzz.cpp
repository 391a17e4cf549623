#include "script/fuzz.hpp"

#include <array>

namespace testmta::run {

std::string_view word_of(mutation what) {
    static constexpr std::array<std::string_view, mutation_count> words = {
        "length", "command", "truncate", "duplicate", "reorder", "nul", "byte-flip", "oversize", "split"};
    return words.at(static_cast<std::size_t>(what));
}

}  // namespace testmta::run
