#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "callout/doors/clock.hpp"

namespace callout::core {

/// What is limited (smtp-callout.md 7.1).
enum class limited : std::uint8_t {
    everything,    ///< all connections together
    domain,        ///< the domain that is asked about
    organisation,  ///< the registered domain of an exchange: many domains, one operator
    address,       ///< a remote IP
    asker,         ///< the client whose mail is the cause
    chain,         ///< an asker and a domain: one that calls back because we called is not called again (7.4)
};
inline constexpr std::size_t limited_things = 6;

/// At most `parallel` at the same time, and at most `begun` within a window. Zero lifts a bound.
struct quota {
    std::size_t parallel = 0;
    std::size_t begun = 0;
    std::chrono::milliseconds window{std::chrono::minutes(1)};
    bool lifted() const noexcept { return parallel == 0 && begun == 0; }
};
using quotas = std::array<quota, limited_things>;

/// One thing that a callout or a connection wants a share of.
class claim {
public:
    claim(limited what_, std::string name_, unsigned halvings_ = 0)
        : what(what_), name(std::move(name_)), halvings(halvings_) {}
    limited what;
    std::string name;
    unsigned halvings;  ///< of the rate, for a peer that has complained
    auto operator<=>(claim const& other) const {
        return std::tie(what, name) <=> std::tie(other.what, other.name);
    }
    bool operator==(claim const& other) const { return what == other.what && name == other.name; }
};

enum class urgency {
    somebody_waits,
    background,  ///< comes after all that somebody waits for
};

/// Lets callouts and connections begin when their limits allow it, in order, and turns away at once what
/// cannot begin in time. Owns no clock. One that was told to wait is returned by `next` later, or leaves.
class gate {
public:
    using ticket = std::uint64_t;
    enum class answer { go, wait, refused };
    struct admission {
        gate::answer answer;
        ticket number;              ///< of no use when refused
        std::optional<limited> by;  ///< what it waits for, or was refused by; none if the queue is full
    };

    gate(quotas limits, std::size_t most_waiting) : limits_(limits), most_waiting_(most_waiting) {}

    /// Puts other limits in force. What the old ones let in stays; `next` returns those that the new ones let
    /// in.
    void limit(quotas limits, std::size_t most_waiting);

    /// Asks for a share of each claim. `until` is when it must have begun.
    admission ask(std::vector<claim> claims, steady_time now, steady_time until, urgency how);
    /// Returns one that waited and goes on now. To be called after `leave` and at `next_change`, until there
    /// is none.
    std::optional<ticket> next(steady_time now);
    /// Returns when the passing of time alone lets one go on.
    std::optional<steady_time> next_change() const;
    /// Tells that it is done, or waits no longer.
    void leave(ticket which, steady_time now);

    std::size_t running() const noexcept { return visits_.size() - waiting_; }
    std::size_t waiting() const noexcept { return waiting_; }
    /// Returns how many wait for a share of this.
    std::size_t waiting(limited what) const noexcept { return waiting_by_[std::size_t(what)]; }
    std::size_t size() const noexcept { return shares_.size(); }  ///< things that are counted

private:
    /// What is known about one thing that is limited.
    struct share {
        std::size_t running = 0;
        std::deque<steady_time> begun;  ///< within the window
        std::set<ticket> waiting;
        std::chrono::duration<double> mean_stay{0};
    };
    struct visit {
        std::vector<claim> claims;
        std::optional<claim> waits_for;
        steady_time begun;
    };
    using shares = std::map<claim, share>;

    std::size_t rate_of(claim const& c) const;
    void forget_old(claim const& c, share& s, steady_time now) const;
    bool has_room(claim const& c, share& s, steady_time now) const;
    std::optional<claim> obstacle(std::vector<claim> const& claims, steady_time now);
    steady_time expected(claim const& c, share const& s, steady_time now) const;
    steady_time next_by_rate(claim const& c, share const& s, std::size_t before) const;
    void begin(ticket which, visit& v, steady_time now);
    void wait(ticket which, visit& v, claim const& for_what);
    void stop_waiting(ticket which, visit& v);
    void await_rate(claim const& c, share const& s);
    std::optional<ticket> first_that_can_go(claim const& c, steady_time now);
    void sweep(steady_time now);

    quotas limits_;
    std::size_t most_waiting_;
    shares shares_;
    std::map<ticket, visit> visits_;
    std::set<std::pair<steady_time, claim>> due_;  ///< when a rate lets the first in line go on
    std::set<claim> freed_;                        ///< where one may go on now
    std::size_t waiting_ = 0;
    std::array<std::size_t, limited_things> waiting_by_{};
    std::size_t next_sweep_ = 1024;
    ticket last_ = 0;
};

}  // namespace callout::core
