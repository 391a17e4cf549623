#include "milterproto/core/mta/mta_socket.hpp"

#include <algorithm>

namespace milterproto::core {

namespace {

char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

bool is_transport(std::string_view word, std::string_view name) noexcept {
    return std::ranges::equal(word, name, {}, lower);
}

/// Returns whether it is a number up to 65535, or the name of a service.
bool is_port(std::string_view text) noexcept {
    bool const digits = std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
    if (!digits) return text.find_first_of("@:/[] ") == std::string_view::npos;
    return !text.empty() && text.size() <= 5 && (text.size() < 5 || text <= "65535");
}

bool is_transport_endpoint(std::string_view text) noexcept {
    auto const colon = text.find(':');
    if (colon == std::string_view::npos) return false;
    auto const transport = text.substr(0, colon);
    auto const endpoint = text.substr(colon + 1);
    if (transport == "unix" || transport == "local") return !endpoint.empty();
    if (transport != "inet") return false;
    auto const before_port = endpoint.rfind(':');
    if (before_port == std::string_view::npos || before_port == 0) return false;
    auto const host = endpoint.substr(0, before_port);
    bool const bracketed = host.starts_with('[') && host.ends_with(']');
    bool const plain = host.find_first_of(":@[]") == std::string_view::npos;
    return (bracketed || plain) && is_port(endpoint.substr(before_port + 1));
}

bool is_port_at_host(std::string_view text) noexcept {
    auto const colon = text.find(':');
    auto const transport = text.substr(0, colon == std::string_view::npos ? 0 : colon);
    auto const place = colon == std::string_view::npos ? text : text.substr(colon + 1);
    bool const local =
        transport.empty() || is_transport(transport, "unix") || is_transport(transport, "local");
    if (local) return place.starts_with('/');
    if (!is_transport(transport, "inet") && !is_transport(transport, "inet6")) return false;
    auto const at = place.find('@');
    return at != std::string_view::npos && at + 1 != place.size() && is_port(place.substr(0, at));
}

}  // namespace

bool takes_socket(socket_form form, std::string_view text) noexcept {
    return form == socket_form::transport_endpoint ? is_transport_endpoint(text) : is_port_at_host(text);
}

}  // namespace milterproto::core
