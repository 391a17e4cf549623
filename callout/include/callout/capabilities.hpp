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
    /// Reads an EHLO reply. Lines that are not an `ehlo-line` are left out (smtp-sink's list ends with an
    /// empty one). The old `AUTH=LOGIN` is AUTH with the parameter LOGIN.
    static capabilities of(reply const& ehlo);

    /// Returns whether the keyword is offered, in whatever case.
    bool offers(std::string_view keyword) const;
    /// Returns what follows the keyword, as it was sent; empty also if it is not offered.
    std::string_view parameters(std::string_view keyword) const;
    /// Returns a limit of RFC 9422, such as "RCPTMAX"; none if it is not given, zero, or not a number.
    std::optional<std::size_t> limit(std::string_view name) const;

private:
    struct offer {
        std::string keyword, parameters;
    };
    offer const* find(std::string_view keyword) const;

    std::vector<offer> offers_;
};

}  // namespace callout::core
