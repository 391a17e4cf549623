#pragma once

#include <string>
#include <string_view>

#include "callout/host_name.hpp"

namespace callout {

/// The name by which we greet, in EHLO, HELO and LHLO.
class helo_name {
public:
    helo_name() : text_("localhost.localdomain") {}
    /// Takes any host name, also one of a single label, as GNU Mailfromd does for EHLO.
    explicit helo_name(host_name const& lenient) : text_(lenient.text()) {}
    /// Takes a host name with a dot, or an address literal (RFC 5321 4.1.1.1). Anything else is
    /// `errc::helo_name_syntax`.
    static result<helo_name> parse(std::string_view text);

    std::string const& text() const noexcept { return text_; }  ///< as it was written
    bool operator==(helo_name const&) const = default;

private:
    explicit helo_name(std::string_view text) : text_(text) {}
    std::string text_;
};

/// Returns whether `helo_name::parse` takes it.
inline bool is_helo_name(std::string_view text) {
    return helo_name::parse(text).has_value();
}

}  // namespace callout
