#pragma once

#include <cstddef>
#include <memory>
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

/// The files of one script, which includes others. A place in any of them is one number: files follow each
/// other, and each begins where the one before ends.
class sources {
public:
    /// Adds a file, and returns the place of its first byte.
    std::size_t add(source file);
    /// Returns the file that holds the place, and where in it. There must be a file.
    struct position {
        source const* file;
        std::size_t offset;
    };
    position find(std::size_t offset) const;
    /// Returns `FILE:LINE:COLUMN`.
    std::string describe(std::size_t offset) const;
    std::size_t octets() const noexcept { return next_; }

private:
    struct entry {
        std::size_t base;
        std::unique_ptr<source const> file;  ///< stays where it is, because statements are views of it
    };
    std::vector<entry> files_;
    std::size_t next_ = 0;
};

/// Far above any file that a person writes, and far below what would exhaust memory (TM-023).
inline constexpr std::size_t most_octets = 16 * 1024 * 1024;

/// Returns the file, or nothing with the reason in `problem`.
std::optional<source> load(std::string const& file, std::string& problem, std::size_t most = most_octets);

}  // namespace testmta::text
