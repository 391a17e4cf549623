#include "listing.hpp"

#include <ostream>

namespace testmta::world {

namespace {

std::string to_string(finding const& one) {
    return one.verdict + '/' + one.reason;
}

}  // namespace

void list(std::ostream& out, description const& what) {
    for (auto const& one : what.zones)
        out << "zone    " << one.domain << "  names " << one.names.size() << '\n';
    for (auto const& one : what.peers) {
        out << "peer    " << one.name << "  at";
        for (auto const& address : one.addresses) out << ' ' << address.to_string();
        out << "  rules " << one.rules.size() << '\n';
    }
    for (auto const& one : what.expectations) {
        out << "expect  " << one.address << "  " << to_string(one.hard);
        if (one.soft) out << " soft " << to_string(*one.soft);
        out << '\n';
    }
}

}  // namespace testmta::world
