#include "callout/mailfromd/answer.hpp"

#include <algorithm>
#include <array>

namespace callout {
namespace {

struct status_row {
    std::string_view word;
    callout_status status;
};
constexpr auto status_words = std::to_array<status_row>({
    {"success", callout_status::success},
    {"not_found", callout_status::e_not_found},
    {"failure", callout_status::e_failure},
    {"temp_failure", callout_status::e_temp_failure},
    {"timeout", callout_status::e_temp_failure},
});

constexpr std::string_view status_names[] = {"success", "e_not_found", "e_failure", "e_temp_failure"};
constexpr std::string_view fault_names[] = {"e_callout_proto", "e_eof", "e_failure", "e_range", "e_timeout"};

}  // namespace

std::string_view to_string(callout_status status) noexcept {
    return status_names[static_cast<std::size_t>(status)];
}

std::string_view to_string(callout_fault fault) noexcept {
    return fault_names[static_cast<std::size_t>(fault)];
}

std::optional<callout_status> status_of_word(std::string_view word) noexcept {
    auto const found = std::ranges::find(status_words, word, &status_row::word);
    if (found == status_words.end()) return std::nullopt;
    return found->status;
}

}  // namespace callout
