#include "world/check/check.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <iomanip>
#include <ostream>
#include <set>

#include "callout/system.hpp"
#include "world/check/play.hpp"
#include "world/peers/dns_server.hpp"
#include "world/peers/peer_server.hpp"

namespace testmta::world {

namespace {

namespace asio = boost::asio;
using callout::testing::seeded_random;

/// Runs one entry in a world of its own, without sockets.
class simulated_run {
public:
    simulated_run(description const& what, entry const& played, journal& log)
        : what_(what),
          played_(played),
          shared_{log, mail_, authority_, nullptr},
          settings_(settings_for(played, what, smtp_port)) {
        world_.chance = seeded_random(what.seed);
        world_.options = settings_.options;
        furnish(world_, what, seen_, shared_);
        log.begin(played.number.empty() ? played.title : played.number, world_.clock.now());
    }
    simulated_run(simulated_run const&) = delete;

    void run(check_result& into) {
        into.virtual_time = true;
        fixture const on{world_.engine(), world_.clock, what_, seen_, settings_.tests};
        try {
            world_.run(play(played_, on, into));
            world_.restart();
            world_.run_to_the_end();
        } catch (callout::testing::stuck const& why) {
            into.problems.emplace_back(why.what());
        }
    }

private:
    static constexpr std::uint16_t smtp_port = 25;

    description const& what_;
    entry const& played_;
    mailbag mail_;
    certificate_authority authority_;
    peer_context shared_;
    engine_settings settings_;
    memories seen_;
    callout::testing::memory_world world_;
};

/// Runs all entries at once, on loopback sockets.
class real_run {
public:
    real_run(description const& what, journal& log)
        : what_(what),
          shared_{log, mail_, authority_, nullptr},
          clock_(callout::make_system_clock(context_.get_executor())),
          connector_(callout::make_tcp_connector(context_.get_executor())),
          dns_(context_.get_executor(), what.zones, 0),
          listeners_(context_.get_executor(), what.peers, 0) {
        callout::resolver_options options;
        // Nothing is lost on loopback. A second try would only mistake a slow machine for a lost packet, and
        // it would be a second lookup of names whose address changes.
        options.timeout = std::chrono::minutes(1);
        options.tries = 1;
        options.servers.emplace_back(asio::ip::address_v4::loopback(), dns_.port());
        options.min_ttl = std::chrono::seconds(0);
        resolver_ = callout::make_cares_resolver(context_.get_executor(), options);
        dns_.serve();
        listeners_.serve([this](auto const& address) { return played_at(address); }, shared_);
    }

    /// Destroys the engines first: they keep sessions, which need the executor to end.
    ~real_run() {
        for (auto const& one : engines_) one->engine.reset();
    }
    real_run(real_run const&) = delete;

    void add(entry const& played, check_result& into) {
        auto& own = engines_.emplace_back(std::make_unique<one_engine>(*this, played));
        unfinished_.insert(&into);
        fixture const on{*own->engine, *clock_, what_, seen_, own->settings.tests};
        asio::co_spawn(context_, play(played, on, into), [this, &into](std::exception_ptr const&) {
            unfinished_.erase(&into);
            if (unfinished_.empty()) context_.stop();
        });
    }

    void run() {
        shared_.log.begin("", std::chrono::steady_clock::now());
        if (!unfinished_.empty()) context_.run_for(longest_check);
        for (auto* one : unfinished_)
            one->problems.emplace_back(
                "the entry did not end within ten minutes; if it has to wait that long, mark it "
                "\"virtual-time\"");
    }

private:
    /// The engine of one entry: what one entry learns about a peer must not help another.
    class one_engine {
    public:
        one_engine(real_run& all, entry const& played)
            : chance(all.what_.seed),
              settings(settings_for(played, all.what_, all.listeners_.port())),
              engine(std::in_place, all.context_.get_executor(),
                     callout::world{*all.clock_, *all.connector_, *all.resolver_, chance, nullptr},
                     settings.options) {}
        seeded_random chance;
        engine_settings settings;
        std::optional<callout::engine> engine;
    };

    /// Ends a run that hangs, and is long enough for a slow machine.
    static constexpr std::chrono::minutes longest_check{10};

    /// Only addresses of peers listen.
    played_peer played_at(asio::ip::address const& address) {
        auto const host = std::ranges::find_if(what_.peers, [&](peer const& one) {
            return std::ranges::find(one.addresses, address) != one.addresses.end();
        });
        return borrowed(*host, memory_of(seen_, *host));
    }

    description const& what_;
    mailbag mail_;
    certificate_authority authority_;
    peer_context shared_;
    memories seen_;
    std::vector<std::unique_ptr<one_engine>> engines_;
    std::set<check_result*> unfinished_;
    asio::io_context context_{1};
    std::unique_ptr<callout::clock> clock_;
    std::unique_ptr<callout::connector> connector_;
    std::unique_ptr<callout::resolver> resolver_;
    dns::server dns_;
    peer_listeners listeners_;
};

bool is_wanted(entry const& one, std::string const& only) {
    if (only.empty()) return true;
    pattern const names(only);
    return names.matches(one.number) || names.matches(one.title);
}

/// Returns a list such as "pass/accepted, fail/no_mailbox (3 times)".
std::string joined(std::vector<std::string> const& findings) {
    std::string all;
    for (auto from = findings.begin(); from != findings.end();) {
        auto const end = std::find_if(from, findings.end(), [&](auto const& one) { return one != *from; });
        all.append(all.empty() ? "" : ", ").append(*from);
        if (end - from > 1) all += " (" + std::to_string(end - from) + " times)";
        from = end;
    }
    return all;
}

std::string seconds(std::chrono::milliseconds time) {
    auto const tenths = (time.count() + 50) / 100;
    return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10) + " s";
}

}  // namespace

std::vector<check_result> check(description const& what, check_options const& wanted, journal& log) {
    auto const clock = wanted.clock.value_or(what.clock);
    std::vector<entry const*> chosen;
    for (auto const& one : what.entries) {
        if (is_wanted(one, wanted.only)) chosen.push_back(&one);
    }
    std::vector<check_result> results(chosen.size());
    auto const simulated = [&](entry const& one) { return one.waits || clock == clock_kind::virtual_time; };

    for (std::size_t i = 0; i != chosen.size(); ++i) {
        results[i].number = chosen[i]->number;
        results[i].title = chosen[i]->title;
        if (simulated(*chosen[i])) simulated_run(what, *chosen[i], log).run(results[i]);
    }
    if (std::ranges::all_of(chosen, [&](entry const* one) { return simulated(*one); })) return results;
    real_run sockets(what, log);
    for (std::size_t i = 0; i != chosen.size(); ++i) {
        if (!simulated(*chosen[i])) sockets.add(*chosen[i], results[i]);
    }
    sockets.run();
    return results;
}

void print(std::ostream& out, std::vector<check_result> const& results) {
    constexpr std::string_view heads[] = {"", "no", "name", "expected", "got", "time"};
    std::vector<std::vector<std::string>> rows{{std::begin(heads), std::end(heads)}};
    for (auto const& one : results) {
        rows.push_back({one.passed() ? "ok" : "WRONG", one.number, one.title, joined(one.expected),
                        joined(one.got), seconds(one.took) + (one.virtual_time ? " virtual" : "")});
    }
    std::size_t widths[std::size(heads)] = {};
    for (auto const& row : rows) {
        for (std::size_t i = 0; i != row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    for (std::size_t i = 0; i != rows.size(); ++i) {
        for (std::size_t column = 0; column + 1 != rows[i].size(); ++column)
            out << std::left << std::setw(static_cast<int>(widths[column]) + 2) << rows[i][column];
        out << rows[i].back() << '\n';
        if (i == 0) continue;
        for (auto const& problem : results[i - 1].problems) out << "        " << problem << '\n';
    }
    auto const wrong = std::ranges::count_if(results, [](check_result const& one) { return !one.passed(); });
    auto const refused = std::ranges::count_if(results, &check_result::refused_innocent);
    out << results.size() << " entries, " << wrong << " wrong, innocent refused: " << refused << '\n';
}

}  // namespace testmta::world
