#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>

#include "callout/core/dialogue.hpp"
#include "callout/engine.hpp"
#include "reporter.hpp"

namespace callout {

/// One address of one host.
class target {
public:
    target(std::string host_, endpoint to_, std::optional<ip_address> source_)
        : host(std::move(host_)), to(to_), source(source_) {}
    std::string host;
    endpoint to;
    std::optional<ip_address> source;
};

/// Drives dialogues with one target: connects, obeys the machine, keeps the time of each phase and of the
/// whole. QUIT is sent, and its answer awaited, after the verdict has gone out.
class attempt {
public:
    attempt(world const& w, engine_options const& options, phase_timeouts const& times,
            reporter const& report, core::dialogue_options who, target whom, steady_time until);

    boost::asio::awaitable<core::finding> run();
    /// Hangs up; `run` returns soon.
    void stop() noexcept;
    unsigned connections() const noexcept { return connections_; }

private:
    boost::asio::awaitable<core::finding> connect_and_talk(core::dialogue& talk);
    boost::asio::awaitable<void> converse(core::dialogue& talk, stream& peer);
    boost::asio::awaitable<result<core::reply>> read_reply(stream& peer, core::reply_reader& reader,
                                                           steady_time until);
    boost::asio::awaitable<result<std::unique_ptr<stream>>> connect();

    core::finding identified(core::finding f) const;
    steady_time end_of(std::chrono::milliseconds phase) const;
    std::chrono::milliseconds time_for(core::stage where) const;

    world world_;
    engine_options const& options_;
    phase_timeouts const& times_;
    reporter const& report_;
    core::dialogue_options who_;
    target whom_;
    steady_time until_;
    unsigned connections_ = 0;
    stream* open_ = nullptr;
    bool stopped_ = false;
};

}  // namespace callout
