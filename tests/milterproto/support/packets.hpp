#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "milterproto/core/wire/codec.hpp"

/// Packets of an MTA as values. They are built with the library's encoders, whose bytes codec_test.cpp
/// proves.
namespace milterproto::packets {

inline std::string raw(char letter, std::string_view payload = {}) {
    std::string packet;
    core::append_frame(packet, letter, payload);
    return packet;
}

inline std::string strings(char letter, std::initializer_list<std::string_view> texts) {
    std::string packet;
    core::append_strings(packet, letter, texts);
    return packet;
}

/// What Postfix 3.7 and Sendmail 8.17 offer.
inline std::string offer(core::option_set const& options = {6, core::action::all, core::step::all}) {
    std::string packet;
    core::append_offer(packet, options);
    return packet;
}

inline std::string connect(std::string_view hostname = "client.example.org") {
    std::string packet;
    core::append_connect(packet, hostname, core::family::ipv4, 25, "192.0.2.1");
    return packet;
}

inline std::string macros(char command, std::vector<std::string_view> const& names_and_values) {
    std::string packet;
    core::append_macros(packet, command, names_and_values);
    return packet;
}

inline std::string helo(std::string_view name = "client.example.org") {
    return strings('H', {name});
}
inline std::string mail(std::string_view path = "<a@example.org>") {
    return strings('M', {path});
}
inline std::string rcpt(std::string_view path = "<b@example.org>") {
    return strings('R', {path});
}
inline std::string header(std::string_view name, std::string_view value) {
    return strings('L', {name, value});
}
inline std::string data() {
    return raw('T');
}
inline std::string end_of_headers() {
    return raw('N');
}
inline std::string body(std::string_view chunk) {
    return raw('B', chunk);
}
inline std::string end_of_message() {
    return raw('E');
}
inline std::string abort() {
    return raw('A');
}
inline std::string quit() {
    return raw('Q');
}

}  // namespace milterproto::packets
