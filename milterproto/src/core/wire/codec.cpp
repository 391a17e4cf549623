#include "milterproto/core/wire/codec.hpp"

#include <algorithm>

namespace milterproto::core {

namespace {

constexpr std::size_t option_bytes = 12;

void append_u32(std::string& out, std::uint32_t number) {
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(number >> shift & 0xff));
}

void append_u16(std::string& out, std::uint16_t number) {
    out.push_back(static_cast<char>(number >> 8));
    out.push_back(static_cast<char>(number & 0xff));
}

std::uint32_t read_u32(std::string_view from) noexcept {
    std::uint32_t number = 0;
    for (std::size_t i = 0; i != 4; ++i) number = number << 8 | static_cast<unsigned char>(from[i]);
    return number;
}

void append_string(std::string& out, std::string_view text) {
    out.append(text);
    out.push_back('\0');
}

/// Appends the head of a frame whose payload will have `size` bytes. Memory for all of it is taken first: a
/// frame is appended as a whole or, if that throws, not at all.
void append_head(std::string& out, char letter, std::size_t size) {
    constexpr std::size_t length_and_letter = 5;
    out.reserve(out.size() + length_and_letter + size);
    append_u32(out, static_cast<std::uint32_t>(size + 1));
    out.push_back(letter);
}

template <class Strings>
void append_string_frame(std::string& out, char letter, Strings const& strings) {
    std::size_t size = 0;
    for (auto const text : strings) size += text.size() + 1;
    append_head(out, letter, size);
    for (auto const text : strings) append_string(out, text);
}

/// Returns the name without the braces of one letter: `{x}` and `x` name the same macro (MP-109).
std::string_view bare_name(std::string_view name) noexcept {
    return name.size() == 3 && name.front() == '{' && name.back() == '}' ? name.substr(1, 1) : name;
}

/// Returns a client whose address the MTA does not know.
connect_payload without_address(std::string_view hostname) noexcept {
    connect_payload peer;
    peer.hostname = hostname;
    return peer;
}

}  // namespace

std::size_t begin_frame(std::string& out, char letter) {
    auto const begun = out.size();
    append_head(out, letter, 0);
    return begun;
}

void end_frame(std::string& out, std::size_t begun) noexcept {
    auto const length = static_cast<std::uint32_t>(out.size() - begun - 4);
    for (std::size_t i = 0; i != 4; ++i) out[begun + i] = static_cast<char>(length >> (24 - 8 * i) & 0xff);
}

void append_frame(std::string& out, char letter, std::string_view payload) {
    append_head(out, letter, payload.size());
    out.append(payload);
}

void append_strings(std::string& out, char letter, std::initializer_list<std::string_view> strings) {
    append_string_frame(out, letter, strings);
}

void append_strings(std::string& out, char letter, std::vector<std::string_view> const& strings) {
    append_string_frame(out, letter, strings);
}

void append_offer(std::string& out, option_set const& offer) {
    append_agreement(out, offer, {});
}

void append_agreement(std::string& out, option_set const& agreed, std::vector<symbol_list> const& lists) {
    std::size_t size = option_bytes;
    for (auto const& list : lists) size += 4 + list.names.size() + 1;
    append_head(out, static_cast<char>(command::negotiate), size);
    append_u32(out, agreed.version);
    append_u32(out, agreed.actions);
    append_u32(out, agreed.steps);
    for (auto const& list : lists) {
        append_u32(out, list.stage);
        append_string(out, list.names);
    }
}

void append_connect(std::string& out, std::string_view hostname, core::family family, std::uint16_t port,
                    std::string_view address) {
    std::string payload;
    append_string(payload, hostname);
    payload.push_back(static_cast<char>(family));
    if (family != core::family::unknown) {
        append_u16(payload, port);
        append_string(payload, address);
    }
    append_frame(out, static_cast<char>(command::connect), payload);
}

void append_indexed_field(std::string& out, answer letter, std::uint32_t index, std::string_view name,
                          std::string_view value) {
    append_head(out, static_cast<char>(letter), 4 + name.size() + 1 + value.size() + 1);
    append_u32(out, index);
    append_string(out, name);
    append_string(out, value);
}

void append_macros(std::string& out, char for_command,
                   std::vector<std::string_view> const& names_and_values) {
    std::size_t size = 1;
    for (auto const text : names_and_values) size += text.size() + 1;
    append_head(out, static_cast<char>(command::macro), size);
    out.push_back(for_command);
    for (auto const text : names_and_values) append_string(out, text);
}

result<option_set> decode_options(std::string_view payload) noexcept {
    if (payload.size() < option_bytes) return errc::payload_malformed;
    return option_set{read_u32(payload), read_u32(payload.substr(4)), read_u32(payload.substr(8))};
}

result<std::vector<symbol_list>> decode_symbol_lists(std::string_view payload) {
    if (payload.size() < option_bytes) return errc::payload_malformed;
    std::vector<symbol_list> lists;
    for (auto rest = payload.substr(option_bytes); !rest.empty();) {
        auto const stage = take_u32(rest);
        auto const names = take_string(rest);
        if (!stage || !names) return errc::payload_malformed;
        lists.push_back({*stage, *names});
    }
    return lists;
}

result<connect_payload> decode_connect(std::string_view payload) noexcept {
    auto const hostname = take_string(payload);
    if (!hostname || payload.empty()) return errc::payload_malformed;
    auto peer = without_address(*hostname);
    peer.family = static_cast<core::family>(payload.front());
    payload.remove_prefix(1);
    if (peer.family == core::family::unknown) return peer;  // what follows means nothing (MP-075)

    if (payload.size() < 2) return errc::payload_malformed;
    peer.port = static_cast<std::uint16_t>(static_cast<unsigned char>(payload[0]) << 8 |
                                           static_cast<unsigned char>(payload[1]));
    payload.remove_prefix(2);
    auto const address = take_string(payload);
    if (!address) return errc::payload_malformed;
    peer.address = *address;

    // Sendmail labels the address, Postfix does not (peculiarity D13).
    constexpr std::string_view label = "IPv6:";
    boost::system::error_code bad;
    switch (peer.family) {
        case core::family::unix_socket: return peer;
        case core::family::ipv4: peer.ip = boost::asio::ip::make_address_v4(peer.address, bad); break;
        case core::family::ipv6:
            if (equals_ignoring_case(peer.address.substr(0, label.size()), label)) {
                peer.address.remove_prefix(label.size());
            }
            peer.ip = boost::asio::ip::make_address_v6(peer.address, bad);
            break;
        default: return errc::payload_malformed;
    }
    // Postfix writes "unknown" in place of an address that XCLIENT did not give.
    return bad ? without_address(peer.hostname) : peer;
}

result<void> decode_strings(std::string_view payload, std::vector<std::string_view>& strings) {
    strings.clear();
    while (auto const text = take_string(payload)) strings.push_back(*text);
    if (strings.empty()) return errc::payload_malformed;
    return {};
}

result<std::vector<std::string_view>> decode_strings(std::string_view payload) {
    std::vector<std::string_view> strings;
    if (auto const read = decode_strings(payload, strings); !read) return read.error();
    return strings;
}

result<std::pair<std::string_view, std::string_view>> decode_header(std::string_view payload) noexcept {
    auto const name = take_string(payload);
    auto const value = name ? take_string(payload) : std::nullopt;
    if (!value || name->empty() || !payload.empty()) return errc::payload_malformed;
    return std::pair(*name, *value);
}

std::string_view decode_line(std::string_view payload) noexcept {
    return payload.substr(0, payload.find('\0'));
}

std::optional<std::string_view> take_string(std::string_view& rest) noexcept {
    auto const end = rest.find('\0');
    if (end == std::string_view::npos) return std::nullopt;
    auto const text = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    return text;
}

std::optional<std::uint32_t> take_u32(std::string_view& rest) noexcept {
    if (rest.size() < 4) return std::nullopt;
    auto const number = read_u32(rest);
    rest.remove_prefix(4);
    return number;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
    auto const lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
    return std::ranges::equal(a, b, {}, lower, lower);
}

found_macro find_macro(std::string_view pairs, std::string_view name) noexcept {
    name = bare_name(name);
    while (auto const key = take_string(pairs)) {
        auto const value = take_string(pairs);
        if (bare_name(*key) == name) return {true, value};
    }
    return {};
}

}  // namespace milterproto::core
