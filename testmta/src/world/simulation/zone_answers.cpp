#include "world/simulation/zone_answers.hpp"

#include <algorithm>

namespace testmta::world {

namespace {

/// Equals the default of callout::resolver_options::max_cname.
constexpr std::size_t most_aliases = 8;

std::uint16_t number_in(std::string_view data) {
    return static_cast<std::uint16_t>(static_cast<unsigned char>(data[0]) << 8 |
                                      static_cast<unsigned char>(data[1]));
}

/// Reads a name without compression, as the zone's parser wrote it (RFC 1035 3.1).
std::string name_in(std::string_view data) {
    std::string name;
    while (!data.empty() && data.front() != '\0') {
        auto const length = static_cast<unsigned char>(data.front());
        if (!name.empty()) name += '.';
        name += data.substr(1, length);
        data.remove_prefix(1u + length);
    }
    return name;
}

template <class Bytes>
Bytes address_in(std::string_view data) {
    Bytes octets{};
    std::copy_n(data.begin(), octets.size(), octets.begin());
    return octets;
}

void add(dns::record const& one, callout::dns_answer& into) {
    using namespace boost::asio::ip;
    std::string_view const data = one.data;
    switch (one.type) {
        case dns::record_type::mx:
            into.exchanges.emplace_back(number_in(data), name_in(data.substr(2)));
            break;
        case dns::record_type::a:
            into.addresses.emplace_back(make_address_v4(address_in<address_v4::bytes_type>(data)));
            break;
        case dns::record_type::aaaa:
            into.addresses.emplace_back(make_address_v6(address_in<address_v6::bytes_type>(data)));
            break;
        case dns::record_type::cname: into.name = name_in(data); break;
        default: break;
    }
}

callout::dns_answer read(dns::response const& from, std::string const& asked, callout::record_type type) {
    if (from.code == dns::response_code::name_error)
        return callout::dns_answer(callout::dns_outcome::no_domain);
    if (from.code != dns::response_code::no_error)
        return callout::dns_answer(callout::dns_outcome::failed, "SERVFAIL");
    callout::dns_answer found(callout::dns_outcome::no_data);
    found.name = asked;
    found.ttl = std::chrono::hours(24);
    std::size_t aliases = 0;
    for (auto const& one : from.answers) {
        add(one, found);
        found.ttl = std::min(found.ttl, std::chrono::seconds(one.ttl));
        auto const wanted = static_cast<std::uint16_t>(one.type) == static_cast<std::uint16_t>(type);
        if (wanted) found.outcome = callout::dns_outcome::ok;
        if (one.type == dns::record_type::cname) ++aliases;
    }
    if (aliases > most_aliases)
        return callout::dns_answer(callout::dns_outcome::failed, "the CNAME chain is too long");
    return found;
}

}  // namespace

callout::testing::timed_answer zone_answers::operator()(std::string const& name, callout::record_type type) {
    dns::query asked;
    asked.id = ++asked_;  // each query is new: nothing is lost here, so nothing is sent again
    asked.name = name;
    asked.type = static_cast<std::uint16_t>(type);
    auto const found = dns::look_up(*zones_, asked, earlier_);
    auto const answer = read(found.response, name, type);
    if (found.silent) return callout::testing::timed_answer(answer, std::nullopt);
    return callout::testing::timed_answer(answer, found.delay);
}

}  // namespace testmta::world
