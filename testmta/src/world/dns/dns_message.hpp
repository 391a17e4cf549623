#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The DNS messages (RFC 1035 4) that a fake authoritative server needs. Names are in lower case, without the
/// last dot; the root is empty.
namespace testmta::world::dns {

enum class record_type : std::uint16_t { a = 1, cname = 5, soa = 6, mx = 15, txt = 16, aaaa = 28, any = 255 };
enum class response_code : std::uint8_t {
    no_error = 0,
    format_error = 1,
    server_failure = 2,
    name_error = 3,
    not_implemented = 4,
    refused = 5
};

class query {
public:
    std::uint16_t id = 0;
    std::string client;  ///< the socket that it came from, set by the receiver
    bool recursion_desired = false;
    bool extended = false;  ///< it brought an OPT record, so the answer must (RFC 6891 6.1.1)
    std::size_t udp_limit = 512;
    response_code problem = response_code::no_error;  ///< if set: answer this, because nothing below is valid
    std::string question;  ///< its bytes, which the answer repeats, letter case included
    std::string name;
    std::uint16_t type = 0;
};

/// Returns nothing if no answer can be given: the header is not whole, or the message is itself an answer.
std::optional<query> read_query(std::string_view message);

struct record {
    std::string owner;
    record_type type;
    std::uint32_t ttl;
    std::string data;
};

class response {
public:
    response_code code = response_code::no_error;
    bool authoritative = true;
    bool truncated = false;
    std::vector<record> answers;
    std::vector<record> authority;
};

/// Returns the answer. If it exceeds `limit` bytes, the records are left out and it is marked as truncated.
std::string write_response(query const& to, response const& what, std::size_t limit);

/// The largest message over TCP, whose length field has two bytes.
inline constexpr std::size_t tcp_limit = 65535;

std::string mx_data(std::uint16_t preference, std::string_view exchange);
std::string name_data(std::string_view name);
std::string address_data(boost::asio::ip::address const& address);
std::string text_data(std::string_view text);
/// Returns the SOA data for a negative answer; `minimum` is how long that may be cached (RFC 2308).
std::string soa_data(std::string_view zone, std::uint32_t minimum);

/// Returns the name in lower case, without the last dot; nothing if it is not a valid name (RFC 1035 2.3.4).
std::optional<std::string> normal_name(std::string_view name);

}  // namespace testmta::world::dns
