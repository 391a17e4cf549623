#pragma once

#include <boost/asio/io_context.hpp>
#include <set>

#include "callout/doors/clock.hpp"
#include "callout/doors/random.hpp"
#include "callout/doors/resolver.hpp"
#include "callout/doors/stream.hpp"
#include "world/peers/dns_lookup.hpp"
#include "world/peers/journal.hpp"
#include "world/peers/peer_memory.hpp"

/// A world without sockets: time moves only when nothing else can happen, and the network is in memory. An
/// hour of waiting costs nothing, and two runs are identical to the byte.
namespace testmta::world {

/// Time that does not move until it is advanced to the next alarm.
class virtual_clock final : public callout::clock {
public:
    explicit virtual_clock(boost::asio::io_context& context) : context_(context) {}

    callout::steady_time now() const noexcept override { return now_; }
    callout::system_time wall() const noexcept override;
    std::unique_ptr<callout::alarm> make_alarm() override;

    /// Returns false if no alarm is set.
    bool advance_to_next_alarm();

private:
    class virtual_alarm;
    struct earlier {
        bool operator()(virtual_alarm const* a, virtual_alarm const* b) const;
    };
    void move_to(callout::steady_time then);

    boost::asio::io_context& context_;
    callout::steady_time now_{std::chrono::hours(1)};
    std::uint64_t made_ = 0;
    std::set<virtual_alarm*, earlier> set_;
};

/// Answers from the zones, as a resolver that asks the world's name server would.
class simulated_resolver final : public callout::resolver {
public:
    simulated_resolver(std::vector<zone> const& zones, virtual_clock& clock) : zones_(zones), clock_(clock) {}

    boost::asio::awaitable<callout::dns_answer> query(std::string name, callout::record_type type,
                                                      callout::steady_time until) override;

private:
    std::vector<zone> const& zones_;
    virtual_clock& clock_;
    dns::memory earlier_;
    std::uint16_t asked_ = 0;
};

/// Connects to the world's peers. A connection to any other address times out.
class simulated_net final : public callout::connector {
public:
    simulated_net(boost::asio::io_context& context, std::vector<peer> const& peers, memories& known,
                  virtual_clock& clock, journal& log)
        : context_(context), peers_(peers), memories_(known), clock_(clock), log_(log) {}

    boost::asio::awaitable<callout::result<std::unique_ptr<callout::stream>>> connect(
        callout::endpoint to, std::optional<callout::ip_address> source, callout::steady_time until) override;

private:
    peer const* find(callout::ip_address const& address) const;

    boost::asio::io_context& context_;
    std::vector<peer> const& peers_;
    memories& memories_;
    virtual_clock& clock_;
    journal& log_;
};

/// Random numbers that are the same in each run with one seed.
class seeded_random final : public callout::random {
public:
    explicit seeded_random(std::uint64_t seed) : state_(seed) {}
    /// SplitMix64 (Steele, Lea, Flood 2014).
    std::uint64_t next() noexcept override {
        auto z = state_ += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

private:
    std::uint64_t state_;
};

}  // namespace testmta::world
