#include "milterproto/socket_spec.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/spirit/home/x3.hpp>
#include <optional>

namespace milterproto {

namespace {

namespace x3 = boost::spirit::x3;
namespace asio = boost::asio;

constexpr std::size_t longest_path = sizeof(sockaddr_un::sun_path) - 1;

struct family_table : x3::symbols<socket_spec::kind> {
    family_table() {
        add("unix", socket_spec::kind::unix_path)("local", socket_spec::kind::unix_path)(
            "inet", socket_spec::kind::inet)("inet6", socket_spec::kind::inet6)(
            "fd", socket_spec::kind::descriptor);
    }
} const families;

auto const bracketed = x3::rule<struct bracketed_tag, std::string>{} = '[' >> -x3::no_case["IPv6:"] >>
                                                                       +x3::char_("0-9a-fA-F:.") >> ']';
auto const name = x3::rule<struct name_tag, std::string>{} = +x3::char_("0-9a-zA-Z.-");
auto const numbers = x3::rule<struct numbers_tag, std::string>{} = +x3::char_("0-9a-fA-F:.");
auto const wildcard = x3::rule<struct wildcard_tag, std::string>{} = x3::string("*");
auto const some_host = x3::rule<struct host_tag, std::string>{} = bracketed | wildcard | name;
auto const last_host = x3::rule<struct last_host_tag, std::string>{} =
    bracketed | wildcard | name >> &x3::eoi | numbers;
auto const port_number = x3::rule<struct port_tag, std::uint16_t>{} =
    x3::uint_parser<std::uint16_t, 10, 1, 5>{};

auto const service_name = x3::rule<struct service_tag, std::string>{} = x3::alnum >>
                                                                        *x3::char_("0-9a-zA-Z_+.-");
auto const descriptor_number = x3::rule<struct descriptor_tag, int>{} = x3::int_parser<int, 10, 1, 9>{};

struct place {
    std::string host;
    std::optional<std::uint16_t> port;
    std::string service;
};

/// Reads libmilter's PORT@HOST, Postfix's HOST:PORT, or the port alone.
std::optional<place> parse_place(std::string_view text) {
    place found;
    auto const set_host = [&](auto& context) { found.host = x3::_attr(context); };
    auto const set_port = [&](auto& context) { found.port = x3::_attr(context); };
    auto const set_service = [&](auto& context) { found.service = x3::_attr(context); };
    auto const ends = &(x3::lit('@') | x3::eoi);
    auto const port = (port_number >> ends)[set_port] | (service_name >> ends)[set_service];
    auto const at_host = port >> '@' >> last_host[set_host];
    // The colon is part of the host's match: without it the "host" was the port alone.
    auto const before_port = -(some_host >> &x3::lit(':'))[set_host] >> ':' >> port;
    for (auto const& form : {0, 1, 2}) {
        found = {};
        auto at = text.begin();
        bool const read = form == 0   ? x3::parse(at, text.end(), at_host >> x3::eoi)
                          : form == 1 ? x3::parse(at, text.end(), before_port >> x3::eoi)
                                      : x3::parse(at, text.end(), port >> x3::eoi);
        if (read) return found;
    }
    return std::nullopt;
}

result<std::uint16_t> to_port(place const& found) {
    if (found.port) return *found.port;
    // A number out of range is not the name of a service either.
    bool const is_number = found.service.find_first_not_of("0123456789") == std::string::npos;
    if (is_number) return errc::socket_spec_malformed;
    servent entry{};
    servent* known = nullptr;
    std::array<char, 4096> texts;
    ::getservbyname_r(found.service.c_str(), "tcp", &entry, texts.data(), texts.size(), &known);
    if (known == nullptr) return errc::no_such_service;
    return ntohs(static_cast<std::uint16_t>(known->s_port));
}

/// Reads an address. Names are not looked up: a filter may listen before the network is up.
result<asio::ip::address> to_address(std::string const& host, socket_spec::kind family) {
    bool const six = family == socket_spec::kind::inet6;
    if (host == "*") {
        return six ? asio::ip::address(asio::ip::address_v6::any())
                   : asio::ip::address(asio::ip::address_v4::any());
    }
    if (host.empty() || host == "localhost") {
        return six ? asio::ip::address(asio::ip::address_v6::loopback())
                   : asio::ip::address(asio::ip::address_v4::loopback());
    }
    boost::system::error_code bad;
    auto const address = asio::ip::make_address(host, bad);
    if (bad) return errc::socket_spec_malformed;
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        return asio::ip::address(asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()));
    return address;
}

}  // namespace

result<socket_spec> socket_spec::parse(std::string_view text) {
    auto family = kind::unix_path;
    auto rest = text;
    if (!text.starts_with('/')) {
        auto at = text.begin();
        if (!x3::parse(at, text.end(), -x3::no_case[families] >> ':', family))
            return errc::socket_spec_malformed;
        rest = text.substr(static_cast<std::size_t>(at - text.begin()));
    }
    if (family == kind::unix_path) {
        if (!rest.starts_with('/') || rest.find('\0') != rest.npos) return errc::socket_spec_malformed;
        if (rest.size() > longest_path) return errc::socket_path_too_long;
        return socket_spec(family, std::string(rest), {}, 0, -1);
    }
    if (family == kind::descriptor) {
        int number = -1;
        auto at = rest.begin();
        bool const read = x3::parse(at, rest.end(), descriptor_number >> x3::eoi, number);
        if (!read || number < 0) return errc::socket_spec_malformed;
        return of_descriptor(number);
    }
    auto const found = parse_place(rest);
    if (!found) return errc::socket_spec_malformed;
    auto const address = to_address(found->host, family);
    if (address.has_error()) return address.error();
    auto const port = to_port(*found);
    if (port.has_error()) return port.error();
    return socket_spec(address->is_v6() ? kind::inet6 : kind::inet, {}, address->to_string(), *port, -1);
}

asio::generic::stream_protocol::endpoint socket_spec::endpoint() const {
    if (kind_ == kind::unix_path) return asio::local::stream_protocol::endpoint(path_);
    return asio::ip::tcp::endpoint(asio::ip::make_address(host_), port_);
}

std::string socket_spec::to_string() const {
    switch (kind_) {
        case kind::unix_path: return "unix:" + path_;
        case kind::inet: return "inet:" + std::to_string(port_) + '@' + host_;
        case kind::inet6: return "inet6:" + std::to_string(port_) + "@[" + host_ + ']';
        case kind::descriptor: return "fd:" + std::to_string(descriptor_);
    }
    return {};
}

}  // namespace milterproto
