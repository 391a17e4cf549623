#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "callout/doors/world.hpp"
#include "callout/options.hpp"
#include "callout/verification.hpp"
#include "core/plan.hpp"
#include "engine/address_lookup.hpp"
#include "engine/reporter.hpp"
#include "engine/schedule.hpp"

namespace callout {

/// What the lookup of a host brought.
class host_addresses {
public:
    explicit host_addresses(std::vector<ip_address> all) : ordered(std::move(all)) {}
    explicit host_addresses(verification why) : none(std::make_unique<verification>(std::move(why))) {}
    std::vector<ip_address> ordered;     ///< in the order of trying
    std::unique_ptr<verification> none;  ///< the verdict if there is no address, else null
};

/// The lookups of one question. All share one budget of time (smtp-callout.md 5), and are reported.
class lookups {
public:
    /// All is borrowed but the time.
    lookups(world const& w, engine_options const& options, reporter const& report, schedule const& time);

    boost::asio::awaitable<dns_answer> exchanges(std::string const& domain);
    boost::asio::awaitable<host_addresses> addresses(core::mail_host const& host);
    boost::asio::awaitable<dns_answer> ask(std::string const& name, record_type type);

    /// The lifetime of the answers that led nowhere: what they say holds no longer.
    std::chrono::seconds life() const noexcept { return life_; }
    /// Returns whether more patience may bring more.
    bool ran_out_of_time() const noexcept { return ran_out_of_time_; }

private:
    boost::asio::awaitable<verification> without_address(core::mail_host const& host,
                                                         both_families const& answers);
    verification out_of_reach(core::mail_host const& host) const;
    void note(both_families const& answers);
    void note(dns_answer const& answer);
    steady_time until() const;
    void spend(steady_time since);

    world world_;
    engine_options const& options_;
    reporter const& report_;
    steady_time until_;
    std::chrono::steady_clock::duration left_;
    std::chrono::seconds life_ = std::chrono::seconds::max();
    bool ran_out_of_time_ = false;
};

}  // namespace callout
