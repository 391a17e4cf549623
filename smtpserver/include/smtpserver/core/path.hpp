#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace smtpserver {

/// A path of MAIL or RCPT (RFC 5321 4.1.2, RFC 6531 3.3), without its brackets and its source route. The text
/// is kept as it was written.
class path {
public:
    /// Why a text is not a path.
    enum class fault : std::uint8_t {
        none,
        syntax,
        no_domain,  ///< an address without "@"
        too_long,   ///< RFC 5321 4.5.3.1.1 to 4.5.3.1.3
        not_utf8,   ///< bytes beyond ASCII that are not UTF-8
    };

    /// Makes the null path, `<>`.
    path() = default;
    path(std::string local_part, std::string domain)
        : local_part_(std::move(local_part)), domain_(std::move(domain)) {}
    /// Takes what stands between the brackets. `<>` gives the null path; "postmaster" needs no domain (RFC
    /// 5321 4.5.1).
    [[nodiscard]] static fault parse(std::string_view text, path& into);

    bool is_null() const noexcept { return local_part_.empty(); }
    std::string const& local_part() const noexcept { return local_part_; }  ///< quoted if it was written so
    /// Returns the domain, or the literal with its brackets; empty for the null path and for `<postmaster>`.
    std::string const& domain() const noexcept { return domain_; }
    /// Returns the address, such as "user@example.com"; empty for the null path.
    std::string address() const;
    /// Returns whether it is `<postmaster>`, in any case of letters and without a domain.
    bool is_bare_postmaster() const noexcept { return !is_null() && domain_.empty(); }
    bool needs_smtputf8() const noexcept;

    bool operator==(path const&) const = default;

private:
    std::string local_part_;
    std::string domain_;
};

}  // namespace smtpserver
