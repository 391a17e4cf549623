#include "core/dns_query.hpp"

#include "core/ascii.hpp"
#include "core/dns_limits.hpp"

namespace callout::core {
namespace {

constexpr std::uint8_t recursion_desired = 0x01;  // in the third octet of the header
constexpr std::uint16_t class_internet = 1;
constexpr std::uint16_t type_opt = 41;

using wire_octets = std::vector<unsigned char>;

void put16(wire_octets& into, std::uint16_t number) {
    into.push_back(static_cast<unsigned char>(number >> 8));
    into.push_back(static_cast<unsigned char>(number & 0xff));
}

bool put_name(wire_octets& into, std::string_view name) {
    if (name.ends_with('.')) name.remove_suffix(1);
    if (name.size() > longest_dns_name) return false;
    while (!name.empty()) {
        auto const label = name.substr(0, name.find('.'));
        if (label.empty() || label.size() > longest_dns_label || label.size() + 1 == name.size())
            return false;
        into.push_back(static_cast<unsigned char>(label.size()));
        into.insert(into.end(), label.begin(), label.end());
        name.remove_prefix(std::min(label.size() + 1, name.size()));
    }
    into.push_back(0);
    return true;
}

/// An OPT record stands for the root, and has the size in the place of its class.
void put_opt(wire_octets& into) {
    into.push_back(0);
    for (auto const part : {type_opt, edns_size, std::uint16_t{0}, std::uint16_t{0}, std::uint16_t{0}}) {
        put16(into, part);
    }
}

}  // namespace

std::optional<wire_octets> dns_query(std::uint16_t number, std::string_view name, record_type type,
                                     edns how) {
    wire_octets query;
    query.reserve(12 + name.size() + 2 + 4 + 11);  // header, name, type and class, OPT
    put16(query, number);
    query.insert(query.end(), {recursion_desired, 0});
    std::uint16_t const additional = how == edns::with ? 1 : 0;
    for (auto const count : {std::uint16_t{1}, std::uint16_t{0}, std::uint16_t{0}, additional}) {
        put16(query, count);
    }
    if (!put_name(query, name)) return std::nullopt;
    put16(query, static_cast<std::uint16_t>(type));
    put16(query, class_internet);
    if (how == edns::with) put_opt(query);
    return query;
}

std::string in_mixed_case(std::string_view name, random& chance) {
    std::string mixed(name);
    std::uint64_t bits = 0;
    unsigned left = 0;
    for (auto& c : mixed) {
        auto const letter = lower(c);
        if (letter < 'a' || letter > 'z') continue;
        if (left == 0) {
            bits = chance.next();
            left = 64;
        }
        c = static_cast<char>((bits & 1) != 0 ? letter : letter - 'a' + 'A');
        bits >>= 1;
        --left;
    }
    return mixed;
}

}  // namespace callout::core
