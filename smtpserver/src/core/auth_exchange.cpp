#include "core/auth_exchange.hpp"

#include <algorithm>
#include <utility>

#include "core/encoding.hpp"
#include "core/octets.hpp"

namespace smtpserver::core {

namespace {

// "Username:" and "Password:", as clients of LOGIN expect them.
constexpr std::string_view ask_for_user = "VXNlcm5hbWU6";
constexpr std::string_view ask_for_password = "UGFzc3dvcmQ6";

reply challenge(std::string_view text) {
    return reply::without_status(334, text);
}

reply not_base64() {
    return {501, "5.5.2 This is not base64"};
}

}  // namespace

auth_exchange::outcome auth_exchange::begin(std::string_view argument) {
    auto const end = std::min(argument.find_first_of(" \t"), argument.size());
    auto const mechanism = argument.substr(0, end);
    bool const is_plain = equals_ignoring_case(mechanism, "PLAIN");
    if (!is_plain && !equals_ignoring_case(mechanism, "LOGIN"))
        return reply(504, "5.5.4 This mechanism is not offered");
    found_.mechanism = is_plain ? "PLAIN" : "LOGIN";
    awaits_ = is_plain ? awaits::plain : awaits::login_user;
    auto const initial = trimmed(argument.substr(end));
    if (initial.empty()) return challenge(is_plain ? std::string_view() : ask_for_user);
    return next(initial == "=" ? std::string_view() : initial);  // RFC 4954 4: an empty response
}

auth_exchange::outcome auth_exchange::next(std::string_view line) {
    if (line == "*") return reply(501, "5.7.0 The exchange was cancelled");
    auto const decoded = from_base64(line);
    if (!decoded) return not_base64();
    return take(*decoded);
}

auth_exchange::outcome auth_exchange::take(std::string const& decoded) {
    if (awaits_ == awaits::plain) return take_plain(decoded);
    bool const is_text = decoded.find('\0') == decoded.npos;
    if (!is_text) return reply(501, "5.5.2 A name or a password has no NUL");
    if (awaits_ == awaits::login_user) {
        found_.user = decoded;
        awaits_ = awaits::login_password;
        return challenge(ask_for_password);
    }
    found_.password = decoded;
    return std::move(found_);
}

/// RFC 4616 2: [authzid] NUL authcid NUL passwd.
auth_exchange::outcome auth_exchange::take_plain(std::string const& decoded) {
    auto const first = decoded.find('\0');
    auto const second = first == decoded.npos ? first : decoded.find('\0', first + 1);
    bool const is_whole =
        second != decoded.npos && second != first + 1 && decoded.find('\0', second + 1) == decoded.npos;
    if (!is_whole) return reply(501, "5.5.2 These are not credentials of PLAIN");
    found_.authorization = decoded.substr(0, first);
    found_.user = decoded.substr(first + 1, second - first - 1);
    found_.password = decoded.substr(second + 1);
    return std::move(found_);
}

}  // namespace smtpserver::core
