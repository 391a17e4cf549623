#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace testmta::text {

/// A line and a column, both counted from 1, the column in bytes.
struct place {
    std::size_t line = 1;
    std::size_t column = 1;
    bool operator==(place const&) const = default;
};

/// A file that a person wrote. Parsers use offsets into it; only a report needs lines and columns.
class source {
public:
    source(std::string name, std::string content);

    std::string const& name() const noexcept { return name_; }
    std::string_view content() const noexcept { return content_; }
    place locate(std::size_t offset) const;
    /// Returns a line without its line end.
    std::string_view line(std::size_t number) const;

private:
    std::string name_;
    std::string content_;
    std::vector<std::size_t> line_starts_;
};

/// Far above any file that a person writes, and far below what would exhaust memory (TM-023).
inline constexpr std::size_t most_octets = 16 * 1024 * 1024;

/// Returns the file, or nothing with the reason in `problem`.
std::optional<source> load(std::string const& file, std::string& problem);

}  // namespace testmta::text
