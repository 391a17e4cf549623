#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vouchd {

/// Domains of a list in the configuration: `example.org` itself, `.example.org` what is below it, `*`
/// everything.
class domain_list {
public:
    domain_list() = default;
    explicit domain_list(std::vector<std::string> entries);

    /// Returns the entry that holds `domain` (lower case, A-labels), or null.
    std::string const* find(std::string_view domain) const;
    std::vector<std::string> const& entries() const noexcept { return entries_; }

private:
    std::vector<std::string> entries_;
};

}  // namespace vouchd
