#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "callout/core/reply.hpp"

namespace callout::core {

/// What a server offered in its EHLO reply (RFC 5321 4.1.1.1): one keyword a line, with parameters.
class capabilities {
public:
    capabilities() {}
    /// Lines that are no `ehlo-line` are left out; an empty one ends smtp-sink's list.
    static capabilities of(reply const& ehlo);

    /// Keywords are compared without regard to case.
    bool offers(std::string_view keyword) const;

private:
    std::vector<std::string> keywords_;  ///< in upper case
};

}  // namespace callout::core
