#pragma once

#include <boost/asio/awaitable.hpp>

#include "callout/doors/world.hpp"
#include "callout/fence.hpp"
#include "callout/options.hpp"
#include "core/brief.hpp"
#include "core/itinerary.hpp"
#include "core/plan.hpp"
#include "engine/address_lookup.hpp"
#include "engine/attempt.hpp"
#include "engine/knowledge.hpp"
#include "engine/politeness.hpp"

namespace callout {

/// How much time there is, and who is in a hurry.
class schedule {
public:
    schedule(callout::mode pace_, steady_time begin_by_, steady_time until_)
        : pace(pace_), begin_by(begin_by_), until(until_) {}
    callout::mode pace;    ///< which timers
    steady_time begin_by;  ///< when it is of no more use to begin
    steady_time until;     ///< one deadline over DNS, hosts, TLS and commands
    core::urgency how = core::urgency::somebody_waits;
};

/// Asks the network about one address, once: DNS, plan, fence, attempts, one verdict.
class inquiry {
public:
    /// All is borrowed but the time.
    inquiry(world const& w, engine_options const& options, callout::fence const& fence, knowledge& known,
            politeness& manners, session_pool& sessions, reporter const& report, core::brief const& what,
            cache_use cache, schedule time);
    inquiry(inquiry const&) = delete;

    boost::asio::awaitable<void> run();
    /// After `run`, once.
    verification take_verdict() { return std::move(verdict_); }

    /// What DNS itself says holds no longer than the answers that say it.
    std::chrono::seconds longest_life() const noexcept { return longest_life_; }
    /// Did a timer end it, so that more patience may bring more?
    bool ran_out_of_time() const noexcept { return ran_out_of_time_; }
    /// Would more patience tell whether a host takes everything?
    bool random_timed_out() const noexcept { return random_timed_out_; }

    /// Hangs up, and asks nothing more.
    void stop() noexcept;

private:
    using step = core::itinerary::step;

    // Much of what they bring lies in members: a frame that waits is as small as it can be.
    boost::asio::awaitable<void> choose_hosts();
    boost::asio::awaitable<dns_answer> look_up_exchanges();
    boost::asio::awaitable<void> ask_hosts();
    boost::asio::awaitable<step> look_up(core::mail_host const& host);
    boost::asio::awaitable<verification> verdict_without_address(core::mail_host const& host,
                                                                 both_families const& answers);
    boost::asio::awaitable<step> connect(core::mail_host const& host, ip_address address);

    void skip_what_is_known();
    std::vector<core::claim> claims() const;
    verification out_of_reach(core::mail_host const& host) const;
    step check(core::mail_host const& host, ip_address const& address);
    bool goes_on_to(core::mail_host const& host, endpoint const& to);
    std::optional<verification> reason_to_keep_away(core::mail_host const& host, endpoint const& to) const;
    std::optional<verification> refusal_by(endpoint const& to) const;
    verification too_many_connections(core::mail_host const& host) const;
    std::optional<ip_address> rival_of(core::mail_host const& host, ip_address const& address) const;
    bool may_race(core::mail_host const& host, ip_address const& other) const;
    target target_of(core::mail_host const& host, endpoint const& to,
                     std::optional<ip_address> const& rival) const;
    std::uint16_t port_of(core::mail_host const& host) const;
    step learn(attempt& made, std::optional<ip_address> const& rival);
    void conclude();
    bool is_over() const;
    step give_up();
    steady_time dns_until() const;
    void spend_dns_time(steady_time since);
    void note_life(both_families const& answers);
    void note_life(std::chrono::seconds ttl);

    world world_;
    engine_options const& options_;
    callout::fence const& fence_;
    knowledge& known_;
    politeness& manners_;
    session_pool& sessions_;
    reporter const& report_;
    core::brief const& what_;
    cache_use cache_;
    schedule time_;
    core::dialogue_options asks_;
    bool rejects_null_ = false;
    core::host_plan plan_;
    core::itinerary walk_;
    verification verdict_;
    std::chrono::steady_clock::duration dns_left_;
    std::chrono::seconds dns_life_ = std::chrono::seconds::max();  ///< of the answers that led nowhere
    std::chrono::seconds longest_life_ = std::chrono::seconds::max();
    attempt* current_ = nullptr;
    std::optional<endpoint> last_;  ///< that was asked
    reason last_reason_ = reason::in_progress;
    bool ran_out_of_time_ = false;
    bool random_timed_out_ = false;
    bool stopped_ = false;
};

}  // namespace callout
