#include "callout/doors/error.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace callout {
namespace {

struct entry {
    errc value;
    char const* text;
};

constexpr auto texts = std::to_array<entry>({
    {errc::address_empty, "the address is empty"},
    {errc::address_syntax, "this is not an address that can stand in an SMTP command"},
    {errc::address_control_character, "the address holds a control character"},
    {errc::address_too_long, "the address is longer than 320 bytes"},
    {errc::domain_too_long, "the domain is longer than 253 bytes"},
    {errc::label_too_long, "a label of the domain is longer than 63 bytes"},
    {errc::domain_single_label, "the domain has a single label"},
    {errc::domain_not_idna, "the domain is not a valid internationalised name (UTS-46)"},
    {errc::host_name_syntax, "this is not a host name or an address"},
    {errc::helo_name_syntax, "this is not a host name with a dot, nor an address literal"},
    {errc::reply_not_numeric, "a reply line does not begin with three digits"},
    {errc::reply_no_separator, "neither space nor hyphen follows the reply code"},
    {errc::reply_code_out_of_range, "the reply code is not within 200 to 599"},
    {errc::reply_code_changes, "the reply code changes its first digit within one reply"},
    {errc::reply_line_too_long, "a reply line is too long"},
    {errc::reply_too_many_lines, "a reply has too many lines"},
    {errc::reply_too_big, "the peer sent more bytes than one session may"},
    {errc::reply_unsolicited, "a reply came that no command had asked for"},
    {errc::timed_out, "timed out"},
    {errc::closed, "the peer closed the connection"},
    {errc::refused, "connection refused"},
    {errc::unreachable, "host or network unreachable"},
    {errc::no_way_out, "this machine has no address or route of that family"},
    {errc::source_not_here, "the source address in the configuration is not an address of this machine"},
    {errc::local_resources, "this machine lacks descriptors, memory or free ports"},
    {errc::cancelled, "cancelled"},
    {errc::tls_handshake, "the TLS handshake failed"},
    {errc::bytes_before_tls, "bytes in clear follow the answer to STARTTLS"},
    {errc::decided, "ended by decision of the observer"},
    {errc::store_unavailable, "the store cannot be opened"},
});

class error_category final : public boost::system::error_category {
public:
    char const* name() const noexcept override { return "callout"; }
    std::string message(int value) const override {
        auto const found = std::ranges::find(texts, errc(value), &entry::value);
        return found == texts.end() ? "unknown error" : found->text;
    }
};

}  // namespace

boost::system::error_category const& category() noexcept {
    static error_category const instance;
    return instance;
}

boost::system::error_code make_error_code(errc e) noexcept {
    return {static_cast<int>(e), category()};
}

}  // namespace callout
