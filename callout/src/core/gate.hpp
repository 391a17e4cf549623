#pragma once

#include <array>
#include <boost/container/small_vector.hpp>
#include <boost/container/static_vector.hpp>
#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>

#include "callout/doors/clock.hpp"
#include "core/fair_line.hpp"
#include "core/fair_pool.hpp"
#include "core/holdings.hpp"
#include "core/mean_stay.hpp"

namespace callout::core {

/// What is limited (smtp-callout.md 7.1).
enum class limited : std::uint8_t {
    questions,     ///< all questions under way; one that finds no place does not wait for it
    connections,   ///< all connections together
    domain,        ///< the registered domain that is asked about
    organisation,  ///< the registered domain of an exchange: many domains, one operator
    address,       ///< a remote IP
    asker,         ///< the client whose mail is the cause
    chain,         ///< an asker and a domain: one that calls back because we called is not called again (7.4)
};
inline constexpr std::size_t limited_things = 7;

/// Parties share these; of the others each name has its own.
constexpr bool is_shared_by_parties(limited what) noexcept {
    return what == limited::questions || what == limited::connections;
}

/// At most `parallel` at the same time, and at most `begun` within a window. Zero lifts a bound. What parties
/// share has no window.
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
    /// What parties share needs no name.
    explicit claim(limited what_, std::string name_ = {}, unsigned halvings_ = 0)
        : what(what_), name(std::move(name_)), halvings(halvings_) {}
    limited what;
    std::string name;
    unsigned halvings;  ///< of the rate, for a peer that has complained
    auto operator<=>(claim const& other) const {
        return std::tie(what, name) <=> std::tie(other.what, other.name);
    }
    bool operator==(claim const& other) const { return what == other.what && name == other.name; }
};
inline constexpr std::size_t most_claims = 4;
using claims = boost::container::static_vector<claim, most_claims>;

enum class urgency {
    somebody_waits,
    background,  ///< comes after all that somebody waits for
};

/// Lets callouts and connections begin when their limits allow it, in order, and turns away at once what
/// cannot begin in time. Owns no clock. One that was told to wait is returned by `next` later, or leaves.
///
/// Strangers choose the names, so nothing here takes longer because many are known: each step costs the
/// logarithm of their number at most. Names that nobody holds are forgotten when their window is over, or, if
/// there are too many, the one that was used longest ago.
class gate {
public:
    static constexpr std::size_t most_shares = 100000;

    using ticket = fair_pool::ticket;
    enum class answer { go, wait, refused };
    struct admission {
        gate::answer answer;
        ticket number;              ///< of no use when refused
        std::optional<limited> by;  ///< what it waits for, or was refused by; none if the queue is full
    };

    gate(quotas limits, std::size_t most_waiting);

    /// Puts other limits in force. What the old ones let in stays; `next` returns those that the new ones let
    /// in.
    void limit(quotas limits, std::size_t most_waiting);

    /// Asks for a share of each claim. `until` is when it must have begun.
    admission ask(claims wanted, party const& who, steady_time now, steady_time until);
    /// Returns one that waited and goes on now. To be called after `leave` and at `next_change`, until there
    /// is none.
    std::optional<ticket> next(steady_time now);
    /// Returns when the passing of time alone lets one go on.
    std::optional<steady_time> next_change() const;
    /// Tells that it is done, or waits no longer.
    void leave(ticket which, steady_time now);

    /// Are three quarters of the connections taken, or does somebody wait for one?
    bool is_crowded() const noexcept;

    std::size_t running() const noexcept { return visits_.size() - waiting(); }
    std::size_t waiting() const noexcept { return waiting_.size(); }
    std::size_t most_waiting() const noexcept { return waiting_.most(); }
    /// Returns how many wait for a share of this.
    std::size_t waiting(limited what) const noexcept { return waiting_by_[std::size_t(what)]; }
    std::size_t size() const noexcept { return shares_.size(); }  ///< names that are known
    fair_pool const& questions() const noexcept { return questions_; }
    fair_pool const& connections() const noexcept { return connections_; }

private:
    using hook =
        boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
    struct share;
    using shares = std::map<claim, share>;
    using due_times = std::multimap<steady_time, share*>;

    struct beginning {
        steady_time when;
        party who;
    };
    /// What is known about one name that is limited.
    struct share {
        std::size_t running = 0;
        boost::container::small_vector<beginning, 2> begun;  ///< within the window, the oldest first
        fair_line waiting;
        mean_stay stays;
        claim const* what = nullptr;
        std::optional<due_times::iterator> due;  ///< when the rate lets the first in line go on
        bool is_freed = false;
        steady_time rests_since;  ///< while it is idle
        hook idle;
    };
    using idle_shares =
        boost::intrusive::list<share, boost::intrusive::member_hook<share, hook, &share::idle>,
                               boost::intrusive::constant_time_size<false>>;

    struct visit {
        explicit visit(party who_) : who(who_) {}
        party who;
        // while it waits
        std::unique_ptr<claims> wanted;
        std::size_t waits_for = 0;  ///< one of `wanted`
        // once it has begun
        boost::container::static_vector<share*, most_claims> held;
        std::optional<limited> pool;  ///< of which it has a place
        steady_time begun;
    };

    fair_pool& pool_of(limited what) { return what == limited::questions ? questions_ : connections_; }
    std::size_t rate_of(claim const& c) const;
    void forget_old(claim const& c, share& s, steady_time now) const;
    bool has_room(claim const& c, party const& who, steady_time now);
    std::optional<std::size_t> obstacle(claims const& wanted, party const& who, steady_time now);
    steady_time expected(claim const& c, party const& who, steady_time now);
    static std::size_t begun_by(party const& who, share const& s);
    bool may_begin(claim const& c, share const& s, party const& who) const;
    steady_time next_by_rate(claim const& c, share const& s, std::size_t before) const;
    share& share_of(claim const& c);
    void begin(visit& v, claims const& wanted, steady_time now);
    void wait(ticket which, visit& v, std::size_t for_what);
    void stop_waiting(ticket which, visit& v, steady_time now);
    void await_rate(share& s);
    void forget_due(share& s);
    void free(share& s);
    void note_stay(visit const& v, steady_time now);
    std::optional<ticket> try_first(ticket first, steady_time now);
    std::optional<ticket> first_that_can_go(share& s, steady_time now);
    std::optional<ticket> first_in_line(share const& s, steady_time now);
    std::optional<ticket> first_with_a_place(fair_pool const& pool, steady_time now);
    void rest_if_idle(share& s, steady_time now);
    void forget_idle(steady_time now);

    quotas limits_;
    fair_pool questions_, connections_;
    shares shares_;
    /// That nobody holds or waits for, by what is limited, because windows differ; the one that was used
    /// longest ago comes first.
    std::array<idle_shares, limited_things> idle_;
    std::map<ticket, visit> visits_;
    due_times due_;
    std::deque<share*> freed_;  ///< where one may go on now
    holdings waiting_;          ///< the line, too, is shared by parties
    std::array<std::size_t, limited_things> waiting_by_{};
    ticket last_ = 0;
};

}  // namespace callout::core
