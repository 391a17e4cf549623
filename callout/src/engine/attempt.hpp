#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>

#include "callout/doors/world.hpp"
#include "callout/options.hpp"
#include "core/brief.hpp"
#include "core/dialogue.hpp"
#include "engine/race.hpp"
#include "engine/reporter.hpp"
#include "engine/session_pool.hpp"

namespace callout {

/// One address of one host.
class target {
public:
    target(std::string host_, endpoint to_, std::optional<ip_address> source_)
        : host(std::move(host_)), to(to_), source(source_) {}
    std::string host;
    endpoint to;
    std::optional<ip_address> source;
    core::host_traits traits;        ///< as far as they are remembered
    std::optional<contender> rival;  ///< of the other family: connected to if this one takes its time
};

/// Drives dialogues with one target: connects, or takes a session that was kept; obeys the machine, keeps the
/// time of each phase and of the whole. QUIT is sent, and its answer awaited, after the verdict has gone out.
class attempt {
public:
    /// All are borrowed but `whom`.
    attempt(world const& w, engine_options const& options, core::brief const& what, mode pace,
            reporter const& report, session_pool& pool, core::dialogue_options const& who, target whom,
            steady_time until);
    attempt(attempt const&) = delete;

    boost::asio::awaitable<void> run();
    /// After `run`, once.
    core::finding&& take_finding() { return std::move(found_); }
    /// Hangs up; `run` returns soon.
    void stop() noexcept;
    unsigned connections() const noexcept { return connections_; }
    bool tried_rival() const noexcept { return tried_rival_; }
    /// After `run`: false if no packet could leave this machine, which says nothing about the peer.
    bool left_machine() const noexcept { return left_machine_; }
    /// After `run`: did a phase fail that had less than its usual time? Then it tells nothing about the peer.
    bool was_cut_short() const noexcept { return cut_short_; }
    /// After `run`: has the peer sent anything?
    bool was_answered() const noexcept { return answered_; }
    /// After `run`: where it was connected to, which may be the rival.
    endpoint const& reached() const noexcept { return whom_.to; }

private:
    using opened = result<std::unique_ptr<live_session>>;

    boost::asio::awaitable<opened> connect();
    boost::asio::awaitable<result<std::unique_ptr<stream>>> race(steady_time until);
    boost::asio::awaitable<void> converse(core::dialogue& talk, live_session& live);
    boost::asio::awaitable<core::action> exchange(core::dialogue& talk, live_session& live, core::action now);
    boost::asio::awaitable<core::action> secure(core::dialogue& talk, live_session& live);
    std::unique_ptr<live_session> take_kept(core::opening const& how);
    void begin_connection();
    void part(core::dialogue const& talk, std::unique_ptr<live_session> live);

    std::optional<core::action> hear(core::dialogue& talk, live_session& live);
    core::action heard(core::dialogue& talk, live_session& live, core::reply const& r);
    core::action weigh(core::dialogue& talk);
    core::action cancel(core::dialogue& talk);
    core::action lost(core::dialogue& talk, live_session const& live, boost::system::error_code why);
    core::action failed(core::dialogue& talk, live_session const& live, boost::system::error_code why);
    std::optional<core::action> out_of_turn(core::dialogue& talk, live_session& live);
    std::string to_be_said(core::action const& now);
    bool is_refused_for_syntax(core::expectation const& asked, live_session const& live,
                               core::reply const& r);
    void tell_connected(stream const& peer, std::chrono::milliseconds took, bool reused) const;
    void tell_status(core::dialogue const& talk, core::reply const& r) const;
    event::disconnected::cause cause_of_end(core::dialogue const& talk) const;

    std::string session_key() const;
    void conclude(core::finding&& f);
    void conclude_unreached(boost::system::error_code why, core::opening const& how);
    using phase = std::chrono::milliseconds phase_timeouts::*;
    steady_time end_of(phase which);
    static phase phase_of(core::stage where);
    void note_fault(boost::system::error_code why);

    world world_;
    engine_options const& options_;
    core::brief const& what_;
    phase_timeouts const& times_;
    reporter const& report_;
    session_pool& pool_;
    core::dialogue_options const& who_;
    target whom_;
    steady_time until_;
    core::finding found_;
    unsigned connections_ = 0;
    stream* open_ = nullptr;
    bool tried_rival_ = false;
    bool left_machine_ = true;
    bool stopped_ = false;
    bool is_hurried_ = false;  ///< the phase that goes on ends before its usual time
    bool cut_short_ = false;
    bool answered_ = false;

    // of the connection that is open
    core::stage during_ = core::stage::any;
    std::string last_command_ = "nothing";  ///< if anybody wants to know
    std::uint64_t bytes_in_ = 0;
    std::uint64_t bytes_out_ = 0;
    boost::system::error_code fault_;
    bool said_421_ = false;
    std::optional<core::reply> tls_refusal_;
};

}  // namespace callout
