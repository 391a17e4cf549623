#include "run/line_player.hpp"

#include "text/mistakes.hpp"

namespace testmta::run {

using proceeds = line_player::proceeds;

proceeds line_player::play_lines(std::vector<node> const& lines, step_player& on) {
    for (auto const& one : lines) {
        auto const goes_on = co_await play(one, on);
        if (!goes_on) co_return false;
    }
    co_return true;
}

proceeds line_player::play(node const& line, step_player& on) {
    if (auto const* one = std::get_if<step>(&line.what)) return on.play(*one);
    if (auto const* one = std::get_if<together>(&line.what)) return on.play(*one);
    if (auto const* one = std::get_if<on_session>(&line.what)) return play(*one, on);
    if (auto const* one = std::get_if<parallel>(&line.what)) return play(*one, on);
    if (std::holds_alternative<choice>(line.what)) return choose(line, on);
    return play_late(line, on);
}

proceeds line_player::play_late(node const& line, step_player& on) {
    std::optional<std::string> wrong;
    std::vector<step> parsed;
    try {
        parsed = std::get<late_line>(line.what).parse(on.captured);
    } catch (text::mistake const& found) {
        wrong = found.text;
    }
    if (wrong) co_return on.fail_at(line, "with the captured values " + *wrong);
    for (auto& one : parsed) one.calls = line.calls;
    auto const& steps = on.keep(std::move(parsed));
    for (auto const& one : steps) {
        auto const goes_on = co_await on.play(one);
        if (!goes_on) co_return false;
    }
    co_return true;
}

proceeds line_player::choose(node const& line, step_player& on) {
    auto const& what = std::get<choice>(line.what);
    auto holds = false;
    std::optional<std::string> wrong;
    if (auto const* agreed = std::get_if<negotiated>(&what.condition)) {
        holds = on.has_agreed_to(*agreed) != what.inverted;
    } else {
        try {
            holds = std::get<late_condition>(what.condition).holds(on.captured);
        } catch (text::mistake const& found) {
            wrong = found.text;
        }
    }
    if (wrong) co_return on.fail_at(line, "with the captured values " + *wrong);
    co_return co_await play_lines(holds ? what.then : what.otherwise, on);
}

}  // namespace testmta::run
