#include "run/usage.hpp"

#include "text/values.hpp"

namespace testmta::run {

duration read_duration(std::string_view option, std::string const& word) {
    auto const time = text::parse_duration(word);
    if (!time)
        throw usage_error(std::string(option) + ": \"" + word +
                          "\" is not a duration; expected a value such as 5s");
    return *time;
}

dialect const& named_dialect(std::string_view option, std::string const& name) {
    auto const* found = find_dialect(name);
    if (found == nullptr)
        throw usage_error(std::string(option) + ": \"" + name + "\" is not a dialect; " + list_dialects());
    return *found;
}

}  // namespace testmta::run
