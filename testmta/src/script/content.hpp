#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Bytes that scripts send without spelling out each of them.
namespace testmta::run {

/// What the tests of a script may send in all.
inline constexpr std::size_t most_octets_sent = 256 * 1024 * 1024;

/// Returns text of `size` bytes in lines that end in CRLF. It is the same on every machine (TM-041).
std::string fill(std::size_t size, std::uint32_t seed);

/// Returns a frame whose length field is `length`, which need not be true, or the real length.
std::string raw_frame(char letter, std::string_view payload, std::optional<std::uint32_t> length);

/// Returns whether an MTA could take this for the name of a header field: printable ASCII without blanks and
/// colons.
bool is_field_name(std::string_view name);

class message_content {
public:
    /// Names, and all that follows the colon. Folded lines are joined by LF, as MTAs send them.
    std::vector<std::pair<std::string, std::string>> fields;
    std::size_t header_lines = 0;  ///< how many lines the fields took
    enum class end { of_text, empty_line, no_field } header_end = end::of_text;
    std::string body;
};
/// Splits a message as Postfix and Sendmail do: an empty line ends the header, and so does a line that is not
/// a field, which then begins the body. Lines end in CRLF or LF.
message_content split_content(std::string_view message);

}  // namespace testmta::run
