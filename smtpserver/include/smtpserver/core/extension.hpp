#pragma once

#include <cstdint>
#include <initializer_list>

namespace smtpserver {

/// What a server offers in its reply to EHLO. STARTTLS is offered where the server has a certificate, and
/// XCLIENT to the peers that may use it.
enum class extension : std::uint16_t {
    pipelining = 1 << 0,             ///< RFC 2920
    size = 1 << 1,                   ///< RFC 1870
    eight_bit_mime = 1 << 2,         ///< RFC 6152
    smtputf8 = 1 << 3,               ///< RFC 6531
    chunking = 1 << 4,               ///< RFC 3030
    binary_mime = 1 << 5,            ///< RFC 3030; only together with `chunking`
    enhanced_status_codes = 1 << 6,  ///< RFC 2034
    dsn = 1 << 7,                    ///< RFC 3461
    auth = 1 << 8,                   ///< RFC 4954; the application verifies
};

/// A set of extensions.
class extensions {
public:
    constexpr extensions() = default;
    constexpr extensions(std::initializer_list<extension> those) {
        for (auto const one : those) *this = with(one);
    }
    /// Returns all but AUTH, for which an application has to be written.
    static constexpr extensions usual() {
        using enum extension;
        return {pipelining, size,        eight_bit_mime,        smtputf8,
                chunking,   binary_mime, enhanced_status_codes, dsn};
    }
    [[nodiscard]] constexpr extensions with(extension one) const {
        auto made = *this;
        made.bits_ = static_cast<std::uint16_t>(bits_ | static_cast<std::uint16_t>(one));
        return made;
    }
    [[nodiscard]] constexpr extensions without(extension one) const {
        auto made = *this;
        made.bits_ = static_cast<std::uint16_t>(bits_ & ~static_cast<std::uint16_t>(one));
        return made;
    }
    constexpr bool has(extension one) const noexcept {
        auto const is_in = [this](extension e) { return (bits_ & static_cast<std::uint16_t>(e)) != 0; };
        return is_in(one) && (one != extension::binary_mime || is_in(extension::chunking));
    }

private:
    std::uint16_t bits_ = 0;
};

}  // namespace smtpserver
