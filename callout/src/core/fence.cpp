#include "callout/fence.hpp"

#include <algorithm>
#include <array>
#include <boost/container/static_vector.hpp>
#include <charconv>
#include <optional>

namespace callout {
namespace {

namespace ip = boost::asio::ip;

struct special_purpose {
    std::string_view prefix;
    std::string_view name;
};

/// The registries of RFC 6890 (iana-ipv4- and iana-ipv6-special-registry), without the globally reachable
/// ones. Of IPv6 all that is not in 2000::/3 is refused anyway; those that are listed have a name.
constexpr auto special_purposes = std::to_array<special_purpose>({
    {"0.0.0.0/8", "this network"},
    {"10.0.0.0/8", "private"},
    {"100.64.0.0/10", "shared"},
    {"127.0.0.0/8", "loopback"},
    {"169.254.0.0/16", "link-local"},
    {"172.16.0.0/12", "private"},
    {"192.0.0.0/24", "protocol assignments"},
    {"192.0.2.0/24", "documentation"},
    {"192.88.99.0/24", "6to4 relay"},
    {"192.168.0.0/16", "private"},
    {"198.18.0.0/15", "benchmark"},
    {"198.51.100.0/24", "documentation"},
    {"203.0.113.0/24", "documentation"},
    {"224.0.0.0/4", "multicast"},
    {"240.0.0.0/4", "reserved"},
    {"::/128", "unspecified"},
    {"::1/128", "loopback"},
    {"64:ff9b:1::/48", "local translation"},
    {"100::/64", "discard"},
    {"100:0:0:1::/64", "dummy"},  // RFC 9780
    {"2001::/23", "protocol assignments"},
    {"2001:db8::/32", "documentation"},
    {"3fff::/20", "documentation"},
    {"5f00::/16", "segment routing"},
    {"fc00::/7", "unique-local"},
    {"fe80::/10", "link-local"},
    {"fec0::/10", "site-local"},
    {"ff00::/8", "multicast"},
});

/// What the registry of IPv6's address space gives out for use between networks (RFC 4291 2.5.4).
constexpr std::string_view global_unicast = "2000::/3";

using ipv6_bytes = ip::address_v6::bytes_type;

/// 6to4 leads to the IPv4 address that begins after its prefix, 2002::/16 (RFC 3056 2).
constexpr std::size_t six_to_four_bytes = 2;
bool is_six_to_four(ipv6_bytes const& bytes) {
    return bytes[0] == 0x20 && bytes[1] == 0x02;
}

/// ISATAP leads to the IPv4 address that the address ends with, if the second half begins with 0:5efe, or
/// with 200:5efe where that is a global one (RFC 5214 6.1). A machine with such a tunnel sends there itself.
constexpr std::size_t before_isatap = 12;
bool is_isatap(ipv6_bytes const& bytes) {
    constexpr unsigned char global = 0x02;
    return (bytes[8] & ~global) == 0 && bytes[9] == 0 && bytes[10] == 0x5e && bytes[11] == 0xfe;
}

class named_network {
public:
    callout::network network;
    std::string_view name;
};

std::vector<named_network> parse_all() {
    std::vector<named_network> all;
    all.reserve(special_purposes.size());
    for (auto const& one : special_purposes) all.push_back({network::parse(one.prefix).value(), one.name});
    return all;
}

std::optional<std::string_view> special_purpose_of(ip::address const& address) {
    static auto const table = parse_all();
    static auto const global = network::parse(global_unicast).value();
    for (auto const& row : table) {
        if (row.network.contains(address)) return row.name;
    }
    if (address.is_v6() && !global.contains(address)) return "not global unicast";
    return std::nullopt;
}

ip::address_v4 ipv4_at(ipv6_bytes const& bytes, std::size_t place) {
    ip::address_v4::bytes_type inner;
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(place), inner.size(), inner.begin());
    return ip::address_v4(inner);
}

/// Returns the IPv4 addresses that a tunnel leads to. Other forms of IPv6 that carry one are that address
/// (`peer_address`), or are refused as a whole.
boost::container::static_vector<ip::address_v4, 2> carried_by(ip::address const& address) {
    boost::container::static_vector<ip::address_v4, 2> all;
    if (address.is_v4()) return all;
    auto const bytes = address.to_v6().to_bytes();
    if (is_six_to_four(bytes)) all.push_back(ipv4_at(bytes, six_to_four_bytes));
    if (is_isatap(bytes)) all.push_back(ipv4_at(bytes, before_isatap));
    return all;
}

network const* find_in(std::vector<network> const& networks, ip::address const& address) {
    auto const found = std::ranges::find_if(networks, [&](network const& n) { return n.contains(address); });
    return found == networks.end() ? nullptr : &*found;
}

/// Returns why the address itself is refused, if it is.
std::optional<fence_verdict> refusal_of(fence_options const& options, ip::address const& address) {
    if (options.deny_own_addresses && std::ranges::count(options.own_addresses, peer_address(address)) > 0)
        return fence_verdict::of_ourselves();
    if (auto const* denied = find_in(options.deny, address)) {
        return fence_verdict(false, "deny " + denied->to_string());
    }
    if (!options.deny_special_purpose) return std::nullopt;
    if (auto const purpose = special_purpose_of(address)) {
        return fence_verdict(false, "special-purpose: " + std::string(*purpose));
    }
    return std::nullopt;
}

template <class Bytes>
bool share_prefix(Bytes const& a, Bytes const& b, unsigned bits) {
    auto const whole = bits / 8;
    if (!std::equal(a.begin(), a.begin() + whole, b.begin())) return false;
    auto const rest = bits % 8;
    if (rest == 0) return true;
    auto const mask = static_cast<unsigned char>(0xff << (8 - rest));
    return (a[whole] & mask) == (b[whole] & mask);
}

}  // namespace

result<network> network::parse(std::string_view text) {
    auto const slash = text.find('/');
    boost::system::error_code error;
    auto const base = ip::make_address(text.substr(0, slash), error);
    if (error || (base.is_v6() && base.to_v6().scope_id() != 0)) return errc::address_syntax;
    unsigned const longest = base.is_v4() ? 32 : 128;
    unsigned bits = longest;
    if (slash != text.npos) {
        auto const digits = text.substr(slash + 1);
        auto const [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
        if (failed != std::errc() || end != digits.data() + digits.size() || bits > longest)
            return errc::address_syntax;
    }
    constexpr unsigned before_ipv4 = 96;  // of a mapped address
    auto const plain = unmapped(base);
    bool const is_mapped = plain != base && bits >= before_ipv4;
    return is_mapped ? network(plain, bits - before_ipv4) : network(base, bits);
}

bool network::contains(ip::address const& address) const noexcept {
    if (address.is_v4() != base_.is_v4()) return false;
    return base_.is_v4() ? share_prefix(address.to_v4().to_bytes(), base_.to_v4().to_bytes(), bits_)
                         : share_prefix(address.to_v6().to_bytes(), base_.to_v6().to_bytes(), bits_);
}

std::string network::to_string() const {
    return base_.to_string() + '/' + std::to_string(bits_);
}

fence_verdict fence_verdict::of_ourselves() {
    fence_verdict own(false, "own address");
    own.own = true;
    return own;
}

network const* fence::allowance_for(ip::address const& address) const {
    auto const* const as_peer = find_in(options_.allow, peer_address(address).value());
    return as_peer ? as_peer : find_in(options_.allow, address);
}

bool fence::asks_whose(ip::address const& address) const {
    return options_.deny_own_addresses && !allowance_for(address);
}

fence_verdict fence::check(ip::address const& address, whose_address whose) const {
    if (auto const* const allowed = allowance_for(address))
        return fence_verdict(true, "allow " + allowed->to_string());
    auto const peer = peer_address(address).value();
    if (auto refused = refusal_of(options_, peer)) return *std::move(refused);
    if (options_.deny_own_addresses && whose == whose_address::ours) return fence_verdict::of_ourselves();
    for (auto const& inner : carried_by(peer)) {
        if (auto refused = refusal_of(options_, inner)) return *std::move(refused);
    }
    return fence_verdict(true, "public");
}

}  // namespace callout
