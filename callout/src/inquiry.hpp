#pragma once

#include <boost/asio/awaitable.hpp>

#include "asio/address_lookup.hpp"
#include "asio/attempt.hpp"
#include "callout/core/aggregate.hpp"
#include "callout/core/plan.hpp"
#include "callout/engine.hpp"
#include "knowledge.hpp"
#include "politeness.hpp"

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
    inquiry(world const& w, engine_options const& options, knowledge& known, politeness& manners,
            session_pool& sessions, reporter const& report, request what, core::cache_keys const& keys,
            schedule time);

    boost::asio::awaitable<verification> run();

    /// What DNS itself says holds no longer than the answers that say it.
    std::chrono::seconds longest_life() const noexcept { return longest_life_; }
    /// Did a timer end it, so that more patience may bring more?
    bool ran_out_of_time() const noexcept { return ran_out_of_time_; }
    /// Would more patience tell whether a host takes everything?
    bool random_timed_out() const noexcept { return random_timed_out_; }

    /// Hangs up, and asks nothing more.
    void stop() noexcept;

private:
    boost::asio::awaitable<verification> ask_hosts(core::host_plan plan);
    boost::asio::awaitable<void> ask_addresses(core::mail_host host, std::vector<ip_address> addresses);
    boost::asio::awaitable<core::finding> ask_target(core::mail_host host, endpoint to,
                                                     std::optional<ip_address> rival);
    boost::asio::awaitable<core::finding> connect_politely(core::mail_host host, endpoint to,
                                                           std::optional<ip_address> rival);
    std::optional<ip_address> rival_of(core::mail_host const& host, ip_address const& address,
                                       std::span<ip_address const> others);
    boost::asio::awaitable<core::host_plan> choose_hosts();
    boost::asio::awaitable<core::host_plan> plan_exchanges(std::string domain);
    boost::asio::awaitable<dns_answer> look_up_exchanges(std::string domain);
    boost::asio::awaitable<std::vector<ip_address>> look_up_host(core::mail_host host);
    boost::asio::awaitable<void> note_missing_addresses(core::mail_host host, both_families answers);

    core::host_plan plan_route(route const& hosts) const;
    bool is_allowed(core::mail_host const& host, ip_address const& address);
    std::vector<core::claim> claims() const;
    void skip_what_is_known();
    bool goes_on_to(core::mail_host const& host, endpoint const& to);
    core::dialogue_options who_asks(core::mail_host const& host) const;
    std::uint16_t port_of(core::mail_host const& host) const;
    phase_timeouts const& times() const;
    std::size_t max_connects() const;
    bool is_over() const;
    bool is_ourselves_or_worse(core::mail_host const& host) const;
    steady_time dns_until() const;
    void spend_dns_time(steady_time since);
    void note_life(both_families const& answers);
    void note_life(std::chrono::seconds ttl);
    void leave_out_the_rest();
    void leave_out_for_now(core::mail_host const& host);
    void add(core::mail_host const& host, core::finding f);

    world world_;
    engine_options const& options_;
    knowledge& known_;
    politeness& manners_;
    session_pool& sessions_;
    reporter const& report_;
    request what_;
    schedule time_;
    core::dialogue_options asks_;
    core::cache_keys const& keys_;
    bool rejects_null_ = false;
    callout::fence fence_;
    core::aggregate findings_;
    std::chrono::steady_clock::duration dns_left_;
    std::uint16_t best_preference_ = 0;
    std::optional<std::uint16_t>
        own_preference_;  ///< of the host that is ourselves; none as bad or worse is asked
    std::chrono::seconds dns_life_ = std::chrono::seconds::max();  ///< of the answers that led nowhere
    std::chrono::seconds longest_life_ = std::chrono::seconds::max();
    attempt* current_ = nullptr;
    unsigned connections_ = 0;
    std::optional<endpoint> last_;  ///< that was asked
    reason last_reason_ = reason::in_progress;
    bool tried_rival_ = false;  ///< at the last target
    bool ran_out_of_time_ = false;
    bool random_timed_out_ = false;
    bool stopped_ = false;
};

}  // namespace callout
