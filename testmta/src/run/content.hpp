#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Octets that scripts send without spelling each of them.
namespace testmta::run {

/// Text of that size in lines that end in CRLF; the same on every machine (TM-041).
std::string fill(std::size_t size, std::uint32_t seed);

/// A frame whose length field need not be true.
std::string raw_frame(char letter, std::string_view payload, std::optional<std::uint32_t> length);

class message_content {
public:
    std::vector<std::pair<std::string, std::string>>
        fields;  ///< folded lines joined by LF, as MTAs send them
    std::string body;
};
/// Fields up to the first empty line, then the body; lines end in CRLF or LF.
message_content split_content(std::string_view message);

}  // namespace testmta::run
