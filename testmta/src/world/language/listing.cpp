#include "world/language/listing.hpp"

#include <ostream>

namespace testmta::world {

namespace {

std::string to_string(finding const& one) {
    return one.verdict + '/' + one.reason;
}

void list(std::ostream& out, question const& one) {
    out << "expect  " << one.address;
    if (one.hard) out << "  " << to_string(*one.hard);
    if (!one.hard && !one.soft) out << "  unrefused";
    if (one.soft) out << "  soft " << to_string(*one.soft);
    out << '\n';
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
    for (auto const& one : what.entries) {
        if (!one.number.empty())
            out << "entry   " << one.number << ' ' << one.title << ": " << one.sentence << '\n';
        for (auto const& step : one.steps) {
            if (auto const* asked = std::get_if<question>(&step)) list(out, *asked);
        }
    }
}

}  // namespace testmta::world
