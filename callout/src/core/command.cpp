#include "callout/command.hpp"

#include <stdexcept>

namespace callout::core {
namespace {

/// Arguments were parsed long before; this is the last check, and it holds for every caller (SE-076).
void require_one_line(std::string_view text) {
    auto const ends_line = [](char c) { return c == '\r' || c == '\n' || c == '\0'; };
    if (std::ranges::any_of(text, ends_line))
        throw std::invalid_argument("a line end inside an SMTP command");
}

detail::verb_form const& form_of(verb what) {
    return detail::verb_forms[static_cast<std::size_t>(what)];
}

}  // namespace

command::command(verb what, std::string_view argument, std::string_view parameters)
    : what_(what), begin_(form_of(what).before.size()), size_(argument.size()) {
    require_one_line(argument);
    auto const& form = form_of(what);
    line_.reserve(form.before.size() + argument.size() + form.after.size() + parameters.size());
    line_.append(form.before).append(argument).append(form.after).append(parameters);
}

}  // namespace callout::core
