#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callout/reply.hpp"

namespace callout::core {

/// What a server offered in its EHLO reply (RFC 5321 4.1.1.1): one keyword a line, with parameters.
class capabilities {
public:
    capabilities() {}
    /// Lines that are no `ehlo-line` are left out; an empty one ends smtp-sink's list. The old `AUTH=LOGIN`
    /// is AUTH with the parameter LOGIN.
    static capabilities of(reply const& ehlo);

    /// Keywords are compared without regard to case.
    bool offers(std::string_view keyword) const;
    /// What stands behind the keyword, as it was sent; empty also if it is not offered.
    std::string_view parameters(std::string_view keyword) const;
    /// A number of RFC 9422, such as "RCPTMAX"; none if it is not given, or zero, or no number.
    std::optional<std::size_t> limit(std::string_view name) const;

private:
    struct offer {
        std::string keyword, parameters;
    };
    offer const* find(std::string_view keyword) const;

    std::vector<offer> offers_;
};

}  // namespace callout::core
