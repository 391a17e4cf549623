#include "world/live/announcement.hpp"

#include <unistd.h>

#include <boost/json.hpp>
#include <ostream>

namespace testmta::world {

namespace {

std::string_view to_string(port_state what) {
    switch (what) {
        case port_state::listening: return "listening";
        case port_state::closed: return "closed";
        case port_state::blackhole: return "blackhole";
    }
    return "";
}

boost::json::object json_of(peer const& host, std::uint16_t port) {
    boost::json::array addresses;
    for (auto const& one : host.addresses) addresses.emplace_back(one.to_string());
    return {{"name", host.name}, {"addresses", addresses}, {"port", port}, {"state", to_string(host.port)}};
}

}  // namespace

void announce(std::ostream& out, live_world const& world, surroundings const& around) {
    auto const where = world.where();
    out << "dns     127.0.0.1:" << where.dns << " udp and tcp\n";
    for (auto const& one : world.what().zones) out << "zone    " << one.domain << '\n';
    for (auto const& host : world.what().peers) {
        out << "peer    " << host.name << " at";
        for (auto const& address : host.addresses)
            out << ' ' << boost::asio::ip::tcp::endpoint(address, where.smtp);
        out << '\n';
    }
    if (!around.config.empty()) out << "config  " << around.config << '\n';
    if (!around.control.empty()) out << "control " << around.control << '\n';
    out << "ready" << std::endl;
}

std::string json_announcement(live_world const& world, surroundings const& around) {
    auto const where = world.where();
    boost::json::array zones;
    for (auto const& one : world.what().zones) zones.emplace_back(one.domain);
    boost::json::array peers;
    for (auto const& one : world.what().peers) peers.emplace_back(json_of(one, where.smtp));
    boost::json::object all;
    all["pid"] = ::getpid();
    all["dns"] = {{"address", "127.0.0.1"}, {"port", where.dns}};
    all["zones"] = std::move(zones);
    all["peers"] = std::move(peers);
    if (!around.config.empty()) all["config"] = around.config;
    if (!around.control.empty()) all["control"] = around.control;
    return boost::json::serialize(all) + '\n';
}

}  // namespace testmta::world
