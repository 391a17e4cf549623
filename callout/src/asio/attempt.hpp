#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>

#include "callout/core/dialogue.hpp"
#include "callout/engine.hpp"
#include "reporter.hpp"
#include "session_pool.hpp"

namespace callout {

/// One address of one host.
class target {
public:
    target(std::string host_, endpoint to_, std::optional<ip_address> source_)
        : host(std::move(host_)), to(to_), source(source_) {}
    std::string host;
    endpoint to;
    std::optional<ip_address> source;
    core::host_traits traits;  ///< as far as they are remembered
};

/// Drives dialogues with one target: connects, or takes a session that was kept; obeys the machine, keeps the
/// time of each phase and of the whole. QUIT is sent, and its answer awaited, after the verdict has gone out.
class attempt {
public:
    /// `pool` may be null: no session is kept then. All are borrowed.
    attempt(world const& w, engine_options const& options, phase_timeouts const& times,
            reporter const& report, session_pool* pool, core::dialogue_options who, target whom,
            steady_time until);

    boost::asio::awaitable<core::finding> run();
    /// Hangs up; `run` returns soon.
    void stop() noexcept;
    unsigned connections() const noexcept { return connections_; }

private:
    boost::asio::awaitable<result<std::unique_ptr<live_session>>> open(core::opening how);
    boost::asio::awaitable<result<std::unique_ptr<live_session>>> connect();
    boost::asio::awaitable<void> converse(core::dialogue& talk, live_session& live);
    boost::asio::awaitable<core::action> exchange(core::dialogue& talk, live_session& live, core::action now);
    boost::asio::awaitable<core::action> secure(core::dialogue& talk, live_session& live);
    boost::asio::awaitable<result<core::reply>> read_reply(live_session& live, steady_time until);
    void part(core::dialogue const& talk, std::unique_ptr<live_session> live,
              boost::asio::any_io_executor const& executor);

    core::action weigh(core::dialogue& talk);
    core::action failed(core::dialogue& talk, live_session const& live, boost::system::error_code why);
    std::optional<core::action> out_of_turn(core::dialogue& talk, live_session& live);
    bool is_refused_for_syntax(core::expectation const& asked, live_session const& live,
                               core::reply const& r);
    void tell_status(core::dialogue const& talk, core::reply const& r) const;
    event::disconnected::cause cause_of_end(core::dialogue const& talk) const;

    std::string session_key() const;
    core::finding identified(core::finding f) const;
    steady_time end_of(std::chrono::milliseconds phase) const;
    std::chrono::milliseconds time_for(core::stage where) const;

    world world_;
    engine_options const& options_;
    phase_timeouts const& times_;
    reporter const& report_;
    session_pool* pool_;
    core::dialogue_options who_;
    target whom_;
    steady_time until_;
    unsigned connections_ = 0;
    stream* open_ = nullptr;
    bool stopped_ = false;

    // of the connection that is open
    core::stage during_ = core::stage::any;
    std::string last_command_ = "nothing";
    std::uint64_t octets_in_ = 0;
    std::uint64_t octets_out_ = 0;
    boost::system::error_code fault_;
    bool said_421_ = false;
    std::optional<core::reply> tls_refusal_;
};

}  // namespace callout
