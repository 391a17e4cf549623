#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <map>
#include <set>

#include "callout/engine.hpp"
#include "support/callout_clock.hpp"
#include "support/callout_peer.hpp"

namespace test {

inline callout::ip_address ip(std::string_view text) {
    return boost::asio::ip::make_address(text);
}

/// Numbers that look random and are the same in each run.
class callout_random final : public callout::random {
public:
    std::uint64_t next() noexcept override {
        state_ = state_ * 6364136223846793005u + 1442695040888963407u;
        return state_ >> 17;
    }

private:
    std::uint64_t state_ = 42;
};

/// A zone in memory. What it does not hold does not exist.
class callout_resolver final : public callout::resolver {
public:
    explicit callout_resolver(callout_clock& clock) : clock_(clock) {}

    void mx(std::string const& name, std::uint16_t preference, std::string exchange) {
        auto& answer = zone_[{name, callout::record_type::mx}];
        answer.outcome = callout::dns_outcome::ok;
        answer.exchanges.emplace_back(preference, std::move(exchange));
        names_.insert(name);
    }
    void address(std::string const& name, std::string_view text) {
        auto const value = ip(text);
        auto& answer = zone_[{name, value.is_v4() ? callout::record_type::a : callout::record_type::aaaa}];
        answer.outcome = callout::dns_outcome::ok;
        answer.addresses.push_back(value);
        names_.insert(name);
    }
    void forget(std::string const& name) {
        std::erase_if(zone_, [&](auto const& one) { return one.first.first == name; });
    }
    void fails(std::string const& name, callout::record_type type, callout::dns_outcome how) {
        zone_[{name, type}] = callout::dns_answer(how, "SERVFAIL");
    }

    boost::asio::awaitable<callout::dns_answer> query(std::string name, callout::record_type type,
                                                      callout::steady_time until) override {
        asked.emplace_back(name, type);
        auto const answer = find(name, type);
        if (delay.count() > 0) {
            auto const ready = clock_.now() + delay;
            auto const bell = clock_.make_alarm();
            co_await bell->wait(std::min(ready, until));
            if (ready > until) co_return callout::dns_answer(callout::dns_outcome::timed_out);
        }
        if (answer.outcome == callout::dns_outcome::timed_out) {
            auto const bell = clock_.make_alarm();
            co_await bell->wait(until);
        }
        co_return answer;
    }

    std::vector<std::pair<std::string, callout::record_type>> asked;
    std::chrono::seconds ttl = std::chrono::hours(24);  ///< of every answer
    std::chrono::milliseconds delay{0};                 ///< likewise

private:
    callout::dns_answer find(std::string const& name, callout::record_type type) const {
        callout::dns_answer answer(names_.contains(name) ? callout::dns_outcome::no_data
                                                         : callout::dns_outcome::no_domain);
        if (auto const found = zone_.find({name, type}); found != zone_.end()) answer = found->second;
        answer.ttl = ttl;
        return answer;
    }

    callout_clock& clock_;
    std::map<std::pair<std::string, callout::record_type>, callout::dns_answer> zone_;
    std::set<std::string> names_;
};

/// The net: a peer behind each address; where there is none, nobody answers.
class callout_net final : public callout::connector {
public:
    explicit callout_net(callout_clock& clock) : clock_(clock) {}

    void put(std::string_view address, callout_peer peer) {
        peers_.insert_or_assign(ip(address), std::move(peer));
    }

    boost::asio::awaitable<callout::result<std::unique_ptr<callout::stream>>> connect(
        callout::endpoint to, std::optional<callout::ip_address>, callout::steady_time until) override {
        connects.push_back(to.address().to_string());
        auto const found = peers_.find(to.address());
        if (found == peers_.end()) {
            auto const bell = clock_.make_alarm();
            while (clock_.now() < until) co_await bell->wait(until);
            co_return callout::errc::timed_out;
        }
        if (found->second.refusal()) co_return *found->second.refusal();
        auto made = std::make_unique<callout_peer_stream>(found->second, clock_, heard);
        made->hold_until_quit(count_session());
        co_return std::move(made);
    }

    std::vector<std::string> connects;
    std::vector<std::string> heard;  ///< each write, of all connections
    std::size_t most_open = 0;       ///< sessions at the same time; one ends with QUIT

private:
    std::shared_ptr<void> count_session() {
        most_open = std::max(most_open, ++*open_);
        return std::shared_ptr<void>(nullptr, [open = open_](void*) { --*open; });
    }

    callout_clock& clock_;
    std::map<callout::ip_address, callout_peer> peers_;
    std::shared_ptr<std::size_t> open_ = std::make_shared<std::size_t>(0);
};

/// A store in memory.
class callout_store final : public callout::store {
public:
    std::optional<callout::stored_record> get(std::string_view key) override {
        auto const found = records.find(key);
        if (found == records.end()) return std::nullopt;
        return found->second;
    }
    void put(std::string_view key, callout::stored_record const& record) override {
        records.insert_or_assign(std::string(key), record);
    }
    void erase(std::string_view key) override {
        if (auto const found = records.find(key); found != records.end()) records.erase(found);
    }
    callout::result<void> flush() override { return {}; }

    std::map<std::string, callout::stored_record, std::less<>> records;
};

/// Everything that an engine needs, in memory, and a way to run coroutines in it to their end.
class callout_world {
public:
    callout_world() {
        options.helo = "mail.example.net";
        options.reuse_sessions = false;  // so that connections can be counted
        options.destinations.deny_special_purpose = true;
        options.destinations.allow.push_back(callout::network::parse("192.0.2.0/24").value());
        options.destinations.allow.push_back(callout::network::parse("2001:db8::/32").value());
    }

    /// All that goes on is seen to its end, so that nothing is left that refers to this world.
    ~callout_world() {
        engine_.reset();
        run_to_the_end();
    }
    callout_world(callout_world const&) = delete;

    /// One host for one domain, which many tests need and no more.
    void serve(std::string const& domain, callout_peer peer, std::string_view address = "192.0.2.10") {
        dns.mx(domain, 10, "mx1." + domain);
        dns.address("mx1." + domain, address);
        net.put(address, std::move(peer));
    }

    callout::engine& engine() {
        if (!engine_) {
            callout::world const w{clock, net, dns, chance, use_store ? &store : nullptr};
            engine_.emplace(context.get_executor(), w, options);
        }
        return *engine_;
    }
    /// As after a restart: only the store lives on.
    void restart() { engine_.reset(); }

    /// The verdict, when all that has to happen first has happened.
    callout::verification verify(std::string_view address,
                                 std::chrono::milliseconds budget = std::chrono::seconds(30),
                                 callout::cache_use cache = callout::cache_use::normal,
                                 callout::observer* watcher = nullptr) {
        std::optional<callout::verification> verdict;
        ask(address, budget, verdict, cache, watcher);
        run_until([&] { return verdict.has_value(); });
        return verdict.value_or(callout::verification());
    }

    /// Starts to ask; the verdict will stand in `into`.
    void ask(std::string_view address, std::chrono::milliseconds budget,
             std::optional<callout::verification>& into,
             callout::cache_use cache = callout::cache_use::normal, callout::observer* watcher = nullptr) {
        callout::request what(callout::mailbox::parse(address).value());
        what.cache = cache;
        what.watcher = watcher;
        boost::asio::co_spawn(context, answer(engine(), std::move(what), clock.now() + budget, into),
                              boost::asio::detached);
    }

    template <class Predicate>
    void run_until(Predicate done) {
        settle();
        while (!done() && clock.advance_to_next_alarm()) settle();
    }
    void run_to_the_end() {
        run_until([] { return false; });
    }

    boost::asio::io_context context{1};
    callout_clock clock{context};
    callout_net net{clock};
    callout_resolver dns{clock};
    callout_random chance;
    callout_store store;
    bool use_store = false;
    callout::engine_options options;

private:
    void settle() {
        context.restart();
        context.poll();
    }
    static boost::asio::awaitable<void> answer(callout::engine& asked, callout::request what,
                                               callout::steady_time until,
                                               std::optional<callout::verification>& into) {
        into = co_await asked.verify(std::move(what), until);
    }

    std::optional<callout::engine> engine_;
};

}  // namespace test
