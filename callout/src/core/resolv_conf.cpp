#include "core/resolv_conf.hpp"

#include <boost/asio/ip/address.hpp>
#include <optional>
#include <string>

namespace callout::core {
namespace {

namespace ip = boost::asio::ip;

constexpr std::size_t most_servers = 16;
constexpr std::size_t longest_address = 45;
constexpr std::uint16_t dns_port = 53;
constexpr std::string_view blank_octets = " \t\r";

/// Takes the first word off a line.
std::string_view take_field(std::string_view& line) {
    line.remove_prefix(std::min(line.find_first_not_of(blank_octets), line.size()));
    auto const word = line.substr(0, line.find_first_of(blank_octets));
    line.remove_prefix(word.size());
    return word;
}

std::optional<ip::udp::endpoint> server_of(std::string_view line) {
    if (take_field(line) != "nameserver") return std::nullopt;
    auto const text = take_field(line);
    if (text.size() > longest_address || text.find('%') != std::string_view::npos) return std::nullopt;
    boost::system::error_code none;
    auto const address = ip::make_address(std::string(text), none);
    return none ? std::nullopt : std::optional(ip::udp::endpoint(address, dns_port));
}

}  // namespace

std::vector<ip::udp::endpoint> servers_in(std::string_view text) {
    std::vector<ip::udp::endpoint> servers;
    while (!text.empty() && servers.size() < most_servers) {
        auto const line = text.substr(0, text.find('\n'));
        if (auto const server = server_of(line)) servers.push_back(*server);
        text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
    return servers;
}

}  // namespace callout::core
