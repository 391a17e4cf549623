#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "run/decode.hpp"

namespace testmta::run {

/// What went over one session's connection, frame by frame.
class transcript {
public:
    using clock = std::chrono::steady_clock;

    /// Whole frames are told apart; what is none of them is kept as it is.
    void sent(std::string_view octets);
    void received(char letter, std::string_view payload);
    void note(std::string_view what);

    /// `12.081 ms > RCPT <a@b>` and the octets; the last `count` entries, all if there are no more.
    std::string format(std::size_t count) const;
    static constexpr std::size_t everything = static_cast<std::size_t>(-1);

private:
    struct entry {
        clock::time_point when;
        char way;
        std::string text;
        std::string octets;
    };
    void add(char way, std::string text, std::string_view octets);

    clock::time_point start_ = clock::now();
    std::vector<entry> entries_;
};

}  // namespace testmta::run
