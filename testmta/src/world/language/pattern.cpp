#include "world/language/pattern.hpp"

#include <fnmatch.h>

#include "text/path.hpp"

namespace testmta::world {

pattern::pattern(std::string text) : text_(text::without_brackets(text)) {
    auto const is_expression = text_.size() > 2 && text_.starts_with('/') && text_.ends_with('/');
    if (is_expression)
        expression_.emplace(text_.substr(1, text_.size() - 2), std::regex::icase | std::regex::ECMAScript);
}

bool pattern::matches(std::string const& what) const {
    if (expression_) return std::regex_search(what, *expression_);
    return fnmatch(text_.c_str(), what.c_str(), FNM_CASEFOLD) == 0;
}

}  // namespace testmta::world
