#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace testmta::smtp {

/// What a server says. Whatever its text contains, it is one reply on the wire: control octets become `?`,
/// and a line feed only ever starts a further line of the same reply.
class reply {
public:
    /// `enhanced` may be empty: greeting, EHLO and 3xx carry none.
    reply(int code, std::string_view enhanced, std::string_view text);

    int code() const noexcept { return code_; }
    bool positive() const noexcept { return code_ < 400; }
    /// The same text on so many lines.
    void repeat(std::size_t lines);

    std::string encode() const;

private:
    int code_;
    std::vector<std::string> lines_;  // each with the enhanced code, without line end
};

}  // namespace testmta::smtp
