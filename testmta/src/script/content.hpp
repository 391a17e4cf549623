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

/// Could an MTA take this for the name of a header field? It is printable ASCII without blank or colon.
bool is_field_name(std::string_view name);

class message_content {
public:
    /// The name, and all that stands after the colon; folded lines are joined by LF, as MTAs send them.
    std::vector<std::pair<std::string, std::string>> fields;
    std::size_t header_lines = 0;  ///< how many lines the fields took
    enum class end { of_text, empty_line, no_field } header_end = end::of_text;
    std::string body;
};
/// Splits a message as Postfix and Sendmail do: an empty line ends the header, and so does a line that is not
/// a field, which then begins the body. Lines end in CRLF or LF.
message_content split_content(std::string_view message);

}  // namespace testmta::run
