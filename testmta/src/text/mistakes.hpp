#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "text/source.hpp"

namespace testmta::text {

/// What is wrong with one statement. It is thrown so that the parsers can read as the grammar does. The loop
/// over the statements catches it, so a mistake ends its statement and no more.
class mistake {
public:
    mistake(std::size_t where, std::string what) : offset(where), text(std::move(what)) {}
    /// Adds what would have been right there.
    mistake(std::size_t where, std::string wrong, std::string_view possible)
        : mistake(where, std::move(wrong).append("; ").append(possible)) {}

    std::size_t offset;
    std::string text;
};

/// The mistakes of a file.
class mistakes {
public:
    /// Enough to correct a file in one go (TM-007); more would scroll the first ones away.
    static constexpr std::size_t most = 20;

    void add(mistake what);
    bool none() const noexcept { return all_.empty(); }
    bool full() const noexcept { return all_.size() >= most; }
    std::vector<mistake> const& all() const noexcept { return all_; }

    /// Returns for each mistake `FILE:LINE:COLUMN: text`, the line and a caret, in the order of the file.
    std::string report(source const& file) const;
    /// The same for a script of several files.
    std::string report(sources const& files) const;

private:
    template <class Describe>
    std::string each(Describe describe_one) const;
    std::string that_was_all(std::string const& file) const;

    std::vector<mistake> all_;
};

}  // namespace testmta::text
