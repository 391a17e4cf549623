#include "run/outcome.hpp"

#include <array>

namespace testmta::run {

std::string_view word_of(failure_kind what) {
    static constexpr std::array<std::string_view, 7> words = {"answer",  "action", "final",      "protocol",
                                                              "timeout", "closed", "filter-died"};
    return words.at(static_cast<std::size_t>(what));
}

}  // namespace testmta::run
