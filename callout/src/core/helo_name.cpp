#include "callout/helo_name.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include "callout/mailbox.hpp"

namespace callout {
namespace {

bool is_ascii(std::string_view text) {
    return std::ranges::none_of(text, [](char c) { return c < 0; });
}

/// Returns whether it is an address without brackets, which would be a name of digits.
bool is_bare_address(std::string_view text) {
    boost::system::error_code none;
    boost::asio::ip::make_address(text, none);
    return !none;
}

/// The same grammar as for the part after the @ of an address, and by the letter: we are not to be judged by
/// our name (RFC 5321 4.1.2).
bool is_domain_or_literal(std::string_view text) {
    auto const box = mailbox::parse("x@" + std::string(text));
    return box && box->beyond_rfc5321().empty() && !text.ends_with('.');
}

}  // namespace

result<helo_name> helo_name::parse(std::string_view text) {
    bool const fits = is_ascii(text) && !is_bare_address(text) && is_domain_or_literal(text);
    if (!fits) return errc::helo_name_syntax;
    return helo_name(text);
}

}  // namespace callout
