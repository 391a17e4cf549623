#pragma once

#include <boost/asio/awaitable.hpp>

#include "callout/doors/world.hpp"
#include "callout/fence.hpp"
#include "callout/options.hpp"
#include "core/brief.hpp"
#include "core/itinerary.hpp"
#include "core/plan.hpp"
#include "engine/attempt.hpp"
#include "engine/knowledge.hpp"
#include "engine/lookups.hpp"
#include "engine/politeness.hpp"
#include "engine/schedule.hpp"

namespace callout {

/// Asks the network about one address, once: DNS, plan, fence, attempts, one verdict.
class inquiry {
public:
    /// All is borrowed but the time.
    inquiry(world const& w, engine_options const& options, callout::fence const& fence, knowledge& known,
            politeness& limits, session_pool& sessions, reporter const& report, core::brief const& what,
            cache_use cache, schedule time);
    inquiry(inquiry const&) = delete;

    boost::asio::awaitable<void> run();
    /// After `run`, once.
    verification&& take_verdict() noexcept { return std::move(verdict_); }

    /// What DNS itself says holds no longer than the answers that say it.
    std::chrono::seconds longest_life() const noexcept { return longest_life_; }
    /// Did a timer end it, so that more patience may bring more?
    bool ran_out_of_time() const noexcept { return ran_out_of_time_ || lookups_.ran_out_of_time(); }
    /// Did our own deadline, and not a timer's usual time, end what it heard of a host? Then it says nothing
    /// about the host, and nothing to others.
    bool was_cut_short() const noexcept { return cut_short_; }
    /// Has any host said anything?
    bool was_answered() const noexcept { return answered_; }
    /// Would more patience tell whether a host takes everything?
    bool random_timed_out() const noexcept { return random_timed_out_; }

    /// Hangs up, and asks nothing more.
    void stop() noexcept;

private:
    using step = core::itinerary::step;

    // A frame that waits is as small as it can be: verdicts and claims are made in functions, which do not
    // wait themselves, and lie in members.
    boost::asio::awaitable<std::optional<politeness::place>> admission();
    boost::asio::awaitable<std::optional<politeness::place>> admission_to(core::mail_host const& host,
                                                                          ip_address const& address);
    std::optional<politeness::place> admission_now(ip_address const& address);
    boost::asio::awaitable<void> begin();
    boost::asio::awaitable<void> choose_hosts();
    void tell_who_is_left_out() const;
    boost::asio::awaitable<void> ask_hosts();
    boost::asio::awaitable<void> ask_canaries();
    boost::asio::awaitable<step> look_up(core::mail_host const& host);
    boost::asio::awaitable<step> connect(core::mail_host const& host, ip_address address);
    boost::asio::awaitable<void> recall(core::mail_host const& host, endpoint const& to);

    void skip_what_is_known();
    void turn_away();
    void take_stock();
    step check(core::mail_host const& host, ip_address const& address);
    fence_verdict verdict_on(ip_address const& address) const;
    bool goes_on_to(core::mail_host const& host, endpoint const& to);
    std::optional<step> keep_away(core::mail_host const& host, endpoint const& to);
    std::optional<verification> refusal_by(endpoint const& to) const;
    step turn_away(core::mail_host const& host);
    std::optional<ip_address> rival_of(core::mail_host const& host, ip_address const& address) const;
    bool may_race(core::mail_host const& host, ip_address const& other) const;
    target target_of(core::mail_host const& host, endpoint const& to,
                     std::optional<ip_address> const& rival) const;
    std::uint16_t port_of(core::mail_host const& host) const;
    step learn(attempt& made, std::optional<ip_address> const& rival);
    void weigh(endpoint const& to, verification& said);
    void conclude();
    bool is_without_witness() const;
    bool is_second_look() const;
    void doubt_dns();
    void look_twice();
    bool is_over() const;
    step give_up();

    world world_;
    engine_options const& options_;
    callout::fence const& fence_;
    knowledge& known_;
    politeness& politeness_;
    session_pool& sessions_;
    reporter const& report_;
    core::brief const& what_;
    cache_use cache_;
    schedule time_;
    core::dialogue_options asks_;
    bool rejects_null_ = false;
    core::host_plan plan_;
    lookups lookups_;
    core::itinerary walk_;
    verification verdict_;
    std::chrono::seconds longest_life_ = std::chrono::seconds::max();
    attempt* current_ = nullptr;
    std::optional<endpoint> last_;  ///< that was asked
    reason last_reason_ = reason::in_progress;
    bool ran_out_of_time_ = false;
    bool domain_is_known_ = false;   ///< the name system has its exchanges
    bool rests_on_records_ = false;  ///< the verdict, which no host has given
    bool dns_is_sound_ = true;
    bool cut_short_ = false;
    bool answered_ = false;
    bool random_timed_out_ = false;
    bool stopped_ = false;
    politeness::patience patience_;  ///< of its waits at the gate
};

}  // namespace callout
