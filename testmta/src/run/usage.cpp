#include "run/usage.hpp"

#include <charconv>

#include "script/filter_address.hpp"
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

std::optional<unsigned> read_socket_mode(std::string const& word) {
    if (word.empty()) return std::nullopt;
    unsigned mode = 0;
    auto const* const end = word.data() + word.size();
    auto const [at, bad] = std::from_chars(word.data(), end, mode, 8);
    if (bad != std::errc() || at != end || mode > 0777)
        throw usage_error("--socket-mode: \"" + word + "\" is not a mode; expected one such as 0666");
    return mode;
}

milterproto::socket_spec read_address(std::string_view option, std::string const& word) {
    std::string problem;
    auto const address = read_filter_address(word, problem);
    if (!address) throw usage_error(std::string(option) + ": " + problem);
    return *address;
}

}  // namespace testmta::run
