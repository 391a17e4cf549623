#include "submission/phase.hpp"

#include <array>

namespace submission {
namespace {

struct phase_row {
    phase which;
    std::string_view word;
    std::chrono::milliseconds phase_times::* time;
};

constexpr auto phase_rows = std::to_array<phase_row>({
    {phase::connect, "connect", &phase_times::connect},
    {phase::greeting, "greeting", &phase_times::greeting},
    {phase::hello, "hello", &phase_times::hello},
    {phase::starttls, "starttls", &phase_times::starttls},
    {phase::authentication, "authentication", &phase_times::authentication},
    {phase::etrn, "etrn", &phase_times::etrn},
    {phase::mail, "mail", &phase_times::mail},
    {phase::rcpt, "rcpt", &phase_times::rcpt},
    {phase::data, "data", &phase_times::data},
    {phase::content, "content", &phase_times::content},
    {phase::end_of_data, "end_of_data", &phase_times::end_of_data},
    {phase::rset, "rset", &phase_times::rset},
    {phase::quit, "quit", &phase_times::quit},
});
static_assert(phase_rows.size() == std::size_t(phase::quit) + 1);

constexpr bool is_in_order() {
    for (std::size_t i = 0; i < phase_rows.size(); ++i)
        if (phase_rows[i].which != phase(i)) return false;
    return true;
}
static_assert(is_in_order());

}  // namespace

std::string_view to_string(phase which) noexcept {
    return phase_rows[std::size_t(which)].word;
}

std::chrono::milliseconds phase_times::of(phase which) const noexcept {
    return this->*phase_rows[std::size_t(which)].time;
}

}  // namespace submission
