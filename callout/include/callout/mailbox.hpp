#pragma once

#include <boost/asio/ip/address.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "callout/doors/error.hpp"

namespace callout {

/// An address as RFC 5321 4.1.2 and RFC 6531 write it, or as mail servers take it although they do not. The
/// local part is kept byte for byte; the domain is in lower case and in A-labels (UTS-46).
class mailbox {
public:
    /// Takes an address bare or in angle brackets; a source route is dropped. The null path `<>` is
    /// `errc::address_empty`.
    [[nodiscard]] static result<mailbox> parse(std::string_view path);

    std::string const& local_part() const noexcept { return local_part_; }  ///< quoted if it was written so
    std::string const& domain() const noexcept { return domain_; }          ///< or the literal, with brackets
    bool is_literal() const noexcept { return domain_.starts_with('['); }
    std::optional<boost::asio::ip::address> literal() const;  ///< the address, if the domain is a literal
    bool needs_smtputf8() const noexcept;
    /// Returns what RFC 5321 does not allow in it, in words; empty if it allows all.
    std::string_view beyond_rfc5321() const noexcept;
    std::string address() const { return local_part_ + '@' + domain_; }  ///< as it stands in RCPT TO:<...>

private:
    mailbox(std::string local_part, std::string domain)
        : local_part_(std::move(local_part)), domain_(std::move(domain)) {}
    std::string local_part_;
    std::string domain_;
};

}  // namespace callout
