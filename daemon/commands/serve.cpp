#include <sys/resource.h>
#include <sys/stat.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cmath>
#include <csignal>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "callout_server/service.hpp"
#include "commands/commands.hpp"
#include "control/control.hpp"
#include "explain/exit_status.hpp"
#include "host/engine_host.hpp"
#include "host/listening.hpp"
#include "host/loop_lag.hpp"
#include "host/scheduler_wait.hpp"
#include "log/event_log.hpp"
#include "log/spawn_guarded.hpp"
#include "milter/sender_filter.hpp"
#include "milterproto/server.hpp"

namespace vouchd {

namespace {

namespace asio = boost::asio;

std::string text_of(std::vector<asio::ip::udp::endpoint> const& servers) {
    std::ostringstream all;
    for (auto const& one : servers) all << (&one == &servers.front() ? "" : ",") << one;
    return all.str();
}

/// Writes to the log what happens to the milter server.
class server_log final : public milterproto::server_observer {
public:
    explicit server_log(event_log& log) : log_(log) {}

    void on_refused(milterproto::milter_connection const& which, std::string_view why) override {
        log_.info("milter_connect_refused",
                  fields().add("client", which.client).add("listener", which.listener).add("err", why));
    }
    void on_closed(milterproto::milter_connection const& which,
                   milterproto::connection_end const& end) override {
        if (end.dropped_macros != 0)
            log_.write(log_level::warn, "milter_macros_dropped",
                       about(which).add("count", end.dropped_macros));
        if (!end.is_fault()) return;
        auto found = about(which).add("err", end.cause.message());
        if (!end.said.empty()) found.add("said", end.said);
        log_.write(log_level::warn, "milter_protocol_error", found);
    }
    void on_exception(milterproto::milter_connection const& which, std::string_view callback,
                      std::string_view what) override {
        log_.write(log_level::error, "fault", about(which).add("callback", callback).add("err", what));
    }
    void on_missing_macro(milterproto::milter_connection const& which, milterproto::macro_stage stage,
                          std::string_view name) override {
        log_.write(log_level::warn, "milter_macro_missing",
                   about(which)
                       .add("macro", name)
                       .add("stage", milterproto::setting_of(stage).stage)
                       .add("remedy", milterproto::explain_missing_macro(stage, name)));
    }
    void on_reply_in_ascii(milterproto::milter_connection const& which, std::string_view callback,
                           std::string_view text) override {
        log_.info("milter_reply_in_ascii", about(which).add("callback", callback).add("reply", text));
    }
    void on_accept_failing(std::string_view listener, boost::system::error_code why) override {
        log_.write(log_level::warn, "milter_accept_failing",
                   fields().add("listener", listener).add("err", why.message()));
    }
    void on_accept_recovered(std::string_view listener) override {
        log_.info("milter_accept_recovered", fields().add("listener", listener));
    }

private:
    static fields about(milterproto::milter_connection const& which) {
        return fields().add("client", which.client).add("connection", which.number);
    }

    event_log& log_;
};

/// Raises the limit of file descriptors to what the system allows: each session and each callout takes one.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

/// The daemon while it runs: opened in order, drained and stopped in the reverse one.
class service {
public:
    explicit service(config const& values)
        : live_(values),
          log_(live_),
          host_(loop_.get_executor(), values, memory::lasting, store_news(), resolver_news(), engine_news()),
          policy_(live_, default_policies(host_.engine())),
          tools_{policy_, host_.clock(), host_.chance(), log_, past_},
          server_log_(log_),
          milter_(
              loop_.get_executor(), [this] { return milterproto::make_filter(sender_filter(tools_)); },
              values.milter_options(), &server_log_),
          callouts_(loop_.get_executor(), live_, host_.engine(), host_.clock(), log_),
          lag_(
              host_.clock(), values.server.lag_interval, [this] { return waited_.so_far(); },
              [this](loop_lag::news const& what) { tell_held_up(what); }),
          control_(
              loop_.get_executor(), live_, policy_, host_.clock(), past_, host_.engine(),
              [this] { return status(); }, log_),
          signals_(loop_, SIGTERM, SIGINT, SIGHUP),
          spare_signals_(loop_, SIGUSR1, SIGUSR2),
          deadline_(loop_) {}

    void run() {
        auto const values = live_.current();
        for (auto const& socket : values->milter.listen) {
            auto const opened = milter_.listen(socket);
            if (opened.has_error())
                throw std::runtime_error(listening_fault("milter.listen", socket, opened.error()));
        }
        callouts_.start();
        control_.start();
        milter_.start();
        spawn_guarded(loop_.get_executor(), lag_.run(), log_, "loop_lag", [] {});
        wait_for_signal();
        wait_for_spare_signal();
        for (auto const& socket : milter_.listening()) log_.info("ready", ready_fields(socket));
        for (auto const& socket : callouts_.listening())
            log_.info("callout_server_ready", fields().add("listen", socket.to_string()));
        run_loop();
        log_.info("stop", {});
    }

private:
    /// What a handler throws has ended that handler; the loop goes on with the others.
    void run_loop() {
        for (;;) {
            try {
                loop_.run();
                return;
            } catch (...) {
                log_fault(log_, "loop", std::current_exception());
            }
        }
    }

    callout::store_news store_news() {
        auto const file = live_.current()->cache_file().string();
        callout::store_news news;
        news.recovered = [this](std::filesystem::path const& aside) {
            log_.write(log_level::warn, "cache_recovered", fields().add("file", aside.string()));
        };
        news.down = [this, file](boost::system::error_code why) {
            log_.write(log_level::error, "cache_down", fields().add("file", file).add("err", why.message()));
        };
        news.up = [this, file] { log_.info("cache_up", fields().add("file", file)); };
        news.dropped = [this, file](std::size_t count) {
            log_.write(log_level::warn, "cache_dropped", fields().add("file", file).add("count", count));
        };
        return news;
    }
    callout::resolver_news resolver_news() {
        callout::resolver_news news;
        news.changed = [this](std::vector<asio::ip::udp::endpoint> const& servers) {
            log_.info("dns_servers", fields().add("servers", text_of(servers)));
        };
        news.kept = [this] {
            log_.write(log_level::warn, "dns_servers_kept",
                       fields().add("err", "resolv.conf names no server that can be asked"));
        };
        news.silent = [this](std::string const& server) {
            log_.write(log_level::warn, "dns_server_silent", fields().add("server", server));
        };
        news.answers_again = [this](std::string const& server) {
            log_.info("dns_server_answers", fields().add("server", server));
        };
        return news;
    }
    callout::engine_news engine_news() {
        callout::engine_news news;
        news.dns_doubted = [this](callout::missing_domains const& shares) {
            log_.write(log_level::error, "dns_doubted",
                       shares_of(shares).add("remedy",
                                             "see whether the name servers know the domains of your mail; "
                                             "until they do, nobody is refused for a missing domain"));
        };
        news.dns_believed = [this](callout::missing_domains const& shares) {
            log_.info("dns_believed", shares_of(shares));
        };
        return news;
    }
    static fields shares_of(callout::missing_domains const& shares) {
        auto const percent = [](double share) {
            return static_cast<std::uint64_t>(std::lround(100 * share));
        };
        return fields()
            .add("missing_percent", percent(shares.of_late))
            .add("usual_percent", percent(shares.usually));
    }
    fields ready_fields(milterproto::socket_spec const& socket) const {
        auto const values = live_.current();
        return fields()
            .add("listen", socket.to_string())
            .add("mode", to_string(values->server.mode))
            .add("helo", values->helo_name().text());
    }

    void wait_for_signal() {
        signals_.async_wait([this](boost::system::error_code cancelled, int signal) {
            if (cancelled) return;
            if (signal == SIGHUP) {
                log_.write(log_level::warn, "reload_failed",
                           fields().add("err", "reload is not supported yet; restart"));
            } else if (draining_) {
                return stop();
            } else {
                begin_drain();
            }
            wait_for_signal();
        });
    }

    /// Scripts that rotate logs send SIGUSR1, which would end the daemon at once if it were not handled.
    void wait_for_spare_signal() {
        spare_signals_.async_wait([this](boost::system::error_code cancelled, int signal) {
            if (cancelled) return;
            log_.write(log_level::warn, "signal_ignored",
                       fields()
                           .add("signal", signal == SIGUSR1 ? "SIGUSR1" : "SIGUSR2")
                           .add("err", "this signal is not supported yet; nothing was done"));
            wait_for_spare_signal();
        });
    }

    /// Sessions go on until the MTA says QUIT: Postfix applies its default action to what is left of an SMTP
    /// session whose milter has vanished.
    void begin_drain() {
        draining_ = true;
        log_.info("drain", fields().add("connections", connections()));
        milter_.drain();
        callouts_.drain();
        deadline_.expires_after(live_.current()->server.drain_timeout);
        deadline_.async_wait([this](boost::system::error_code cancelled) {
            if (!cancelled) stop();
        });
        spawn_guarded(loop_.get_executor(), stop_when_drained(), log_, "drain", [this] { stop(); });
    }

    daemon_status status() const {
        daemon_status now{lag_.report(), host_.engine().bounds()};
        now.bounds.emplace_back("milter_connections", milter_.connections(),
                                live_.current()->milter.options.max_connections);
        callouts_.tell(now.bounds);
        log_.tell(now.bounds);
        now.bounds.emplace_back("decisions_kept", past_.size(), history::most);
        return now;
    }
    /// It says that something of ours computes for too long, or waits for a disk.
    void tell_held_up(loop_lag::news const& what) {
        using std::chrono::milliseconds;
        auto const ms = [](std::chrono::nanoseconds time) {
            return std::uint64_t(std::chrono::duration_cast<milliseconds>(time).count());
        };
        log_.write(
            log_level::warn, "loop_held_up",
            fields().add("ms", ms(what.own)).add("in_all_ms", ms(what.in_all)).add("others", what.others));
    }

    std::size_t connections() const { return milter_.connections() + callouts_.connections(); }

    asio::awaitable<void> stop_when_drained() {
        co_await milter_.drained();
        co_await callouts_.drained();
        stop();
    }

    void stop() {
        if (std::exchange(stopping_, true)) return;
        signals_.cancel();
        spare_signals_.cancel();
        lag_.stop();
        control_.stop();
        callouts_.stop();
        milter_.stop();
        host_.stop();
        deadline_.expires_after(engine_host::time_to_quit);
        deadline_.async_wait([this](boost::system::error_code cancelled) {
            if (!cancelled) loop_.stop();
        });
        spawn_guarded(loop_.get_executor(), leave_when_ended(), log_, "stop", [this] { loop_.stop(); });
    }

    /// Sessions whose sockets were closed still end their filters; nothing else is waited for.
    asio::awaitable<void> leave_when_ended() {
        co_await milter_.drained();
        co_await callouts_.ended();
        co_await host_.engine().ended();
        loop_.stop();
    }

    live_config live_;
    event_log log_;
    asio::io_context loop_{1};
    engine_host host_;
    history past_;
    live_policy policy_;
    filter_tools tools_;
    server_log server_log_;
    milterproto::server milter_;
    callout_service callouts_;
    scheduler_wait waited_;
    loop_lag lag_;
    control_server control_;
    asio::signal_set signals_;
    asio::signal_set spare_signals_;
    asio::steady_timer deadline_;
    bool draining_ = false;
    bool stopping_ = false;
};

}  // namespace

int serve(config const& values) {
    std::signal(SIGPIPE, SIG_IGN);
    // The cache holds addresses, and a socket must not be open to others before it has its mode.
    ::umask(0077);
    raise_descriptor_limit();
    try {
        service running(values);
        running.run();
    } catch (std::exception const& failed) {
        std::cerr << "vouchd: " << failed.what() << '\n';
        return exit_status::input_output;
    }
    return exit_status::success;
}

}  // namespace vouchd
