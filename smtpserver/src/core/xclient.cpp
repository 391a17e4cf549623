#include "core/xclient.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <string>

#include "core/encoding.hpp"
#include "core/octets.hpp"

namespace smtpserver::core {

namespace {

/// A value, or nothing where the proxy knows none.
using told = std::optional<std::string>;

bool take_name(told const& value, connection& into) {
    into.client.name = value.value_or("");
    return true;
}

bool take_address(told const& value, connection& into) {
    into.client.address.reset();
    if (!value) return true;
    constexpr std::string_view tag = "IPV6:";
    auto text = std::string_view(*value);
    bool const is_tagged = equals_ignoring_case(text.substr(0, tag.size()), tag);
    if (is_tagged) text.remove_prefix(tag.size());
    boost::system::error_code failed;
    auto const address = boost::asio::ip::make_address(text, failed);
    if (failed || address.is_v6() != is_tagged) return false;
    into.client.address = address;
    return true;
}

bool take_port(told const& value, connection& into) {
    into.client.port = 0;
    if (!value) return true;
    auto const* const end = value->data() + value->size();
    auto const [read, failed] = std::from_chars(value->data(), end, into.client.port);
    return failed == std::errc() && read == end;
}

bool take_hello(told const& value, connection& into) {
    into.hello = value.value_or("");
    return true;
}

bool take_login(told const& value, connection& into) {
    into.user = value.value_or("");
    return true;
}

/// PROTO says what the next EHLO or HELO says again; this server has no use for its own address.
bool take_nothing(told const&, connection&) {
    return true;
}

struct xclient_row {
    std::string_view attribute;
    bool (*take)(told const&, connection&);
};

constexpr xclient_row xclient_rows[] = {
    {"NAME", take_name},  {"ADDR", take_address}, {"PORT", take_port},        {"PROTO", take_nothing},
    {"HELO", take_hello}, {"LOGIN", take_login},  {"DESTADDR", take_nothing}, {"DESTPORT", take_nothing},
};

/// Returns false if the value is not xtext.
bool read_value(std::string_view written, told& into) {
    bool const is_unknown =
        equals_ignoring_case(written, "[UNAVAILABLE]") || equals_ignoring_case(written, "[TEMPUNAVAIL]");
    if (is_unknown) return true;
    into = from_xtext(written);
    return into && std::ranges::none_of(*into, is_control);
}

bool take_attribute(std::string_view text, connection& into) {
    auto const equals = text.find('=');
    if (equals == text.npos) return false;
    auto const row = std::ranges::find_if(xclient_rows, [&](xclient_row const& one) {
        return equals_ignoring_case(one.attribute, text.substr(0, equals));
    });
    told value;
    return row != std::end(xclient_rows) && read_value(text.substr(equals + 1), value) &&
           row->take(value, into);
}

}  // namespace

std::optional<reply> read_xclient(std::string_view argument, connection& into) {
    auto found = into;
    while (!argument.empty()) {
        auto const end = std::min(argument.find_first_of(" \t"), argument.size());
        auto const one = argument.substr(0, end);
        if (!take_attribute(one, found)) return reply(501, "5.5.4 Bad attribute of XCLIENT");
        argument = trimmed(argument.substr(end));
    }
    found.is_told_by_xclient = true;
    into = std::move(found);
    return std::nullopt;
}

}  // namespace smtpserver::core
