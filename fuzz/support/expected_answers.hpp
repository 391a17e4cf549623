#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "milterproto/core/wire/message.hpp"

/// What an MTA may expect of a filter, without the library's knowledge of frames and commands.
namespace milterproto::fuzz {

/// Returns the length that a frame of at least four bytes gives.
inline std::size_t length_of(std::string_view frame) {
    std::size_t length = 0;
    for (char const octet : frame.substr(0, 4)) length = length * 256 + static_cast<unsigned char>(octet);
    return length;
}

/// Returns the letters of the frames in a stream, by a parser that shares nothing with the library's.
inline std::string letters_of(std::string_view stream) {
    std::string letters;
    while (stream.size() > 4) {
        auto const length = length_of(stream);
        if (length == 0 || length > stream.size() - 4) break;
        letters.push_back(stream[4]);
        stream.remove_prefix(4 + length);
    }
    return letters;
}

inline std::uint32_t no_reply_bit(char letter) {
    switch (letter) {
        case 'C': return core::step::no_reply_connect;
        case 'H': return core::step::no_reply_helo;
        case 'M': return core::step::no_reply_mail;
        case 'R': return core::step::no_reply_rcpt;
        case 'T': return core::step::no_reply_data;
        case 'L': return core::step::no_reply_header;
        case 'N': return core::step::no_reply_end_of_headers;
        case 'B': return core::step::no_reply_body;
        case 'U': return core::step::no_reply_unknown;
        default: return 0;
    }
}

/// Returns how many answers the first `count` commands of an MTA expect.
inline std::size_t expected_answers(std::string_view letters, std::size_t count, std::uint32_t steps) {
    std::size_t expected = 0;
    bool negotiated = false;
    for (char const letter : letters.substr(0, count)) {
        bool const first_offer = letter == 'O' && !std::exchange(negotiated, true);
        bool const is_asked = std::string_view("CHMRTLNBEU").find(letter) != std::string_view::npos;
        if (first_offer || (is_asked && (steps & no_reply_bit(letter)) == 0)) ++expected;
    }
    return expected;
}

}  // namespace milterproto::fuzz
