#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "callout/verification.hpp"

namespace callout::core {

/// The stages of GNU Mailfromd's progress lines; each fills one of its variables last_poll_*.
enum class poll_stage { init, grtng, helo, sent, recv };

struct poll_stage_row {
    poll_stage stage;
    std::string_view word;
    std::string poll::* variable;
};
inline constexpr auto poll_stages = std::to_array<poll_stage_row>({
    {poll_stage::init, "INIT", &poll::host},
    {poll_stage::grtng, "GRTNG", &poll::greeting},
    {poll_stage::helo, "HELO", &poll::helo},
    {poll_stage::sent, "SENT", &poll::sent},
    {poll_stage::recv, "RECV", &poll::received},
});

}  // namespace callout::core
