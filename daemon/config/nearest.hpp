#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace vouchd {

/// Finds what a misspelt name may have meant: the name at the smallest edit distance, if that is at most two.
class nearest {
public:
    explicit nearest(std::string_view written) : written_(written) {}
    void consider(std::string_view name);
    /// Returns the nearest of the names that were considered, or nothing if none is near.
    std::optional<std::string> const& found() const noexcept { return found_; }

private:
    std::string written_;
    std::size_t distance_ = 3;
    std::optional<std::string> found_;
};

}  // namespace vouchd
