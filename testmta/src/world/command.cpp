#include "world/command.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <iostream>
#include <stdexcept>

#include "host/exit_status.hpp"
#include "world/check/check.hpp"
#include "world/check/vouchd_config.hpp"
#include "world/language/listing.hpp"
#include "world/language/parser.hpp"
#include "world/peers/dns_server.hpp"
#include "world/peers/journal.hpp"
#include "world/peers/peer_server.hpp"

namespace testmta::world {

namespace {

std::optional<description> read(options const& wanted) {
    std::string report;
    auto found = read_world(wanted.file, report);
    std::cerr << report;
    if (found && wanted.seed) found->seed = *wanted.seed;
    return found;
}

int check(description const& what, options const& wanted) {
    check_options chosen{wanted.only, std::nullopt};
    if (!wanted.clock.empty())
        chosen.clock = wanted.clock == "virtual" ? clock_kind::virtual_time : clock_kind::real;
    journal log;
    if (!wanted.log.empty()) log.open(wanted.log);
    auto const results = check(what, chosen, log);
    if (results.empty()) {
        std::cerr << "testmta world: " << wanted.file << " has no entry"
                  << (wanted.only.empty() ? "" : " whose number or name matches \"" + wanted.only + '"')
                  << '\n';
        return exit_status::usage;
    }
    print(std::cout, results);
    return std::ranges::all_of(results, &check_result::passed) ? exit_status::passed : exit_status::failed;
}

/// A world whose sockets listen.
class running_world {
public:
    running_world(description const& what, options const& wanted)
        : what_(what),
          wanted_(wanted),
          dns_(io_.get_executor(), what.zones, wanted.dns_port),
          listeners_(io_.get_executor(), what.peers, wanted.port) {
        if (!wanted.log.empty()) log_.open(wanted.log);
    }

    void announce() const {
        std::cout << "dns     127.0.0.1:" << dns_.port() << " udp and tcp\n";
        for (auto const& one : what_.zones) std::cout << "zone    " << one.domain << '\n';
        for (auto const& host : what_.peers) {
            std::cout << "peer    " << host.name << " at";
            for (auto const& address : host.addresses) {
                std::cout << ' ' << boost::asio::ip::tcp::endpoint(address, listeners_.port());
            }
            std::cout << '\n';
        }
    }

    void write_config() const {
        if (wanted_.write_config.empty()) return;
        auto const file = std::filesystem::absolute(wanted_.write_config);
        write_atomically(file, vouchd_config(what_, {listeners_.port(), dns_.port()}, file.parent_path()));
        std::cout << "config  " << file.string() << '\n';
    }

    void run() {
        dns_.serve();
        for (auto& [acceptor, host] : listeners_.entries())
            serve_peer(acceptor, *host, memory_of(memories_, *host), log_);
        boost::asio::signal_set signals(io_, SIGINT, SIGTERM);
        signals.async_wait([this](boost::system::error_code, int) { io_.stop(); });
        std::cout << "ready" << std::endl;
        io_.run();
    }

private:
    description const& what_;
    options const& wanted_;
    journal log_;
    memories memories_;
    boost::asio::io_context io_{1};  // destroyed before what its coroutines borrow
    dns::server dns_;
    peer_listeners listeners_;
};

}  // namespace

int run(options const& wanted) {
    auto const what = read(wanted);
    if (!what) return exit_status::usage;
    if (wanted.only_list) {
        list(std::cout, *what);
        return exit_status::passed;
    }
    try {
        if (wanted.only_check) return check(*what, wanted);
        running_world world(*what, wanted);
        world.announce();
        world.write_config();
        world.run();
    } catch (std::runtime_error const& problem) {
        std::cerr << "testmta world: " << problem.what() << '\n';
        return exit_status::usage;
    }
    return exit_status::passed;
}

}  // namespace testmta::world
