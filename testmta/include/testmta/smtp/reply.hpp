#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace testmta::smtp {

/// A server's reply. Whatever its text contains, it is one reply on the wire: control bytes become `?`, and a
/// line feed only ever starts another line of the same reply.
class reply {
public:
    /// `enhanced` may be empty: the greeting, replies to EHLO and 3xx replies have no enhanced code.
    reply(int code, std::string_view enhanced, std::string_view text);

    int code() const noexcept { return code_; }
    bool positive() const noexcept { return code_ < 400; }
    /// Makes the reply consist of `lines` lines, each with its first line's text. They take memory only when
    /// they are encoded.
    void repeat(std::size_t lines);

    std::string encode() const;
    /// Returns how many bytes `encode` makes.
    std::size_t size() const noexcept;

private:
    int code_;
    std::vector<std::string> lines_;  ///< each with the enhanced code and without line end
    std::size_t times_ = 1;           ///< that they are sent
};

}  // namespace testmta::smtp
