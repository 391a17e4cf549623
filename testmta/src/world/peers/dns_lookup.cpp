#include "world/peers/dns_lookup.hpp"

#include <algorithm>

namespace testmta::world::dns {

namespace {

/// How long a negative answer may be cached (RFC 2308 5).
constexpr std::uint32_t negative_ttl = 60;
/// A loop of aliases must end somewhere; resolvers give up earlier.
constexpr int most_aliases = 16;

bool below(std::string_view name, std::string_view domain) {
    return name == domain || (name.size() > domain.size() && name.ends_with(domain) &&
                              name[name.size() - domain.size() - 1] == '.');
}

/// Returns the nearest zone that contains the name.
zone const* zone_of(std::vector<zone> const& zones, std::string_view name) {
    zone const* nearest = nullptr;
    for (auto const& one : zones) {
        if (below(name, one.domain) && (!nearest || one.domain.size() > nearest->domain.size()))
            nearest = &one;
    }
    return nearest;
}

record soa_of(zone const& one) {
    return {one.domain, record_type::soa, negative_ttl, soa_data(one.domain, negative_ttl)};
}

/// Returns whether the name exists: it has records, or a name below it has (RFC 8020).
bool exists(zone const& one, std::string_view name) {
    return below(one.domain, name) ||
           std::ranges::any_of(one.names, [&](auto const& entry) { return below(entry.first, name); });
}

void deny(zone const& one, response_code code, outcome& into) {
    into.response.code = code;
    into.response.authority.push_back(soa_of(one));
}

bool answers(record const& one, std::uint16_t type) {
    return static_cast<std::uint16_t>(one.type) == type ||
           type == static_cast<std::uint16_t>(record_type::any);
}

/// Adds the node's records of the type. Returns the target if the node is an alias that is to be followed.
std::string const* answer_from(zone const& one, node const& at, std::uint16_t type, bool is_first,
                               outcome& into) {
    into.delay += at.delay;
    into.truncated_over_udp |= at.truncated_over_udp;
    switch (at.condition) {
        case condition::nxdomain: deny(one, response_code::name_error, into); return nullptr;
        case condition::nodata: deny(one, response_code::no_error, into); return nullptr;
        case condition::servfail: into.response.code = response_code::server_failure; return nullptr;
        case condition::silent: into.silent = true; return nullptr;
        case condition::normal: break;
    }
    auto found = false;
    for (auto const& [record, when] : at.records) {
        if (!answers(record, type) && record.type != record_type::cname) continue;
        if (when != turn::always && (when == turn::first) != is_first) continue;
        into.response.answers.push_back(record);
        found = true;
    }
    if (!found) deny(one, response_code::no_error, into);
    auto const follows = !at.alias.empty() && type != static_cast<std::uint16_t>(record_type::cname);
    return follows ? &at.alias : nullptr;
}

}  // namespace

outcome look_up(std::vector<zone> const& zones, query const& what, memory& earlier) {
    outcome found;
    found.response.code = what.problem;
    if (what.problem != response_code::no_error) return found;

    auto const* name = &what.name;
    for (int aliases = 0; name != nullptr && aliases != most_aliases; ++aliases) {
        auto const* within = zone_of(zones, *name);
        if (within == nullptr) {
            // The target of an alias may be in another server's zone, where the client continues by itself.
            if (aliases == 0) found.response.code = response_code::refused;
            found.response.authoritative = aliases != 0;
            return found;
        }
        auto const at = within->names.find(*name);
        if (at != within->names.end()) {
            auto const is_first = earlier.is_first(at->first, what);
            name = answer_from(*within, at->second, what.type, is_first, found);
            continue;
        }
        if (*name == within->domain && what.type == static_cast<std::uint16_t>(record_type::soa)) {
            found.response.answers.push_back(soa_of(*within));
        } else {
            deny(*within, exists(*within, *name) ? response_code::no_error : response_code::name_error,
                 found);
        }
        return found;
    }
    return found;
}

}  // namespace testmta::world::dns
