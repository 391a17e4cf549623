#pragma once

#include <string>
#include <string_view>

#include "callout/doors/error.hpp"

namespace callout {

/// A name to look up, of one label or more, or an address, bare or as a literal in brackets.
class host_name {
public:
    /// Takes letters, digits and `._-:[]`, at most 255 of them (RFC 5321 4.5.3.1.2). Anything else could end
    /// a line or a command, and is `errc::host_name_syntax`.
    static result<host_name> parse(std::string_view text);

    std::string const& text() const noexcept { return text_; }  ///< as it was written

private:
    explicit host_name(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

}  // namespace callout
