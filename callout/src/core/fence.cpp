#include "callout/fence.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace callout {
namespace {

namespace ip = boost::asio::ip;

struct special_purpose {
    std::string_view prefix;
    std::string_view name;
};

/// The registries of RFC 6890 (iana-ipv4- and iana-ipv6-special-registry), without the globally
/// reachable ones.
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

struct embedding {
    std::string_view prefix;
    std::size_t at;  ///< of the first byte of the IPv4 address
};

/// Forms of IPv6 that lead to an IPv4 address.
constexpr auto embeddings = std::to_array<embedding>({
    {"::ffff:0:0/96", 12},  // mapped, RFC 4291 2.5.5.2
    {"::/96", 12},          // compatible, RFC 4291 2.5.5.1
    {"64:ff9b::/96", 12},   // NAT64, RFC 6052
    {"2002::/16", 2},       // 6to4, RFC 3056
});

template <class Entry>
class parsed {
public:
    callout::network network;
    Entry entry;
};

template <class Entry, std::size_t Size>
std::vector<parsed<Entry>> parse_all(std::array<Entry, Size> const& table) {
    std::vector<parsed<Entry>> all;
    all.reserve(Size);
    for (auto const& entry : table) all.push_back({network::parse(entry.prefix).value(), entry});
    return all;
}

std::optional<std::string_view> special_purpose_of(ip::address const& address) {
    static auto const table = parse_all(special_purposes);
    for (auto const& row : table) {
        if (row.network.contains(address)) return row.entry.name;
    }
    return std::nullopt;
}

std::optional<ip::address> embedded_in(ip::address const& address) {
    static auto const table = parse_all(embeddings);
    for (auto const& row : table) {
        if (!row.network.contains(address)) continue;
        auto const bytes = address.to_v6().to_bytes();
        ip::address_v4::bytes_type inner;
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(row.entry.at), inner.size(), inner.begin());
        return ip::address_v4(inner);
    }
    return std::nullopt;
}

network const* find_in(std::vector<network> const& networks, ip::address const& address) {
    auto const found = std::ranges::find_if(networks, [&](network const& n) { return n.contains(address); });
    return found == networks.end() ? nullptr : &*found;
}

/// Returns why the address itself is refused, if it is.
std::optional<fence_verdict> refusal_of(fence_options const& options, ip::address const& address) {
    if (options.deny_own_addresses && std::ranges::count(options.own_addresses, address) > 0) {
        fence_verdict own(false, "own address");
        own.own = true;
        return own;
    }
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
    return network(base, bits);
}

bool network::contains(ip::address const& address) const noexcept {
    if (address.is_v4() != base_.is_v4()) return false;
    return base_.is_v4() ? share_prefix(address.to_v4().to_bytes(), base_.to_v4().to_bytes(), bits_)
                         : share_prefix(address.to_v6().to_bytes(), base_.to_v6().to_bytes(), bits_);
}

std::string network::to_string() const {
    return base_.to_string() + '/' + std::to_string(bits_);
}

fence_verdict fence::check(ip::address const& address) const {
    if (auto const* allowed = find_in(options_.allow, address)) {
        return fence_verdict(true, "allow " + allowed->to_string());
    }
    if (auto refused = refusal_of(options_, address)) return *std::move(refused);
    if (auto const inner = embedded_in(address)) {
        if (auto refused = refusal_of(options_, *inner)) return *std::move(refused);
    }
    return fence_verdict(true, "public");
}

}  // namespace callout
