#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <exception>
#include <functional>
#include <string_view>

#include "milterproto/program.hpp"

namespace milterproto::detail {

/// Does what signals ask for: SIGTERM and SIGINT end the program, and so does SIGHUP unless the author has a
/// hook for it.
class program_signals {
public:
    program_signals(boost::asio::io_context& loop, program_options const& options, bool hangup_is_ignored)
        : signals_(loop, SIGTERM, SIGINT), on_hangup_(options.on_hangup) {
        if (on_hangup_ || !hangup_is_ignored) signals_.add(SIGHUP);
    }

    /// Calls `end` once, and `failed` with what the author's hook throws.
    void start(std::function<void()> end, std::function<void(std::string_view)> failed) {
        end_ = std::move(end);
        failed_ = std::move(failed);
        wait();
    }

private:
    void wait() {
        signals_.async_wait([this](boost::system::error_code cancelled, int signal) {
            if (cancelled) return;
            if (signal == SIGHUP && on_hangup_) {
                hang_up();
                return wait();
            }
            // A second signal ends the program at once. SIGHUP does not: systemd may send it right after
            // SIGTERM.
            boost::system::error_code ignored;
            signals_.remove(SIGTERM, ignored);
            signals_.remove(SIGINT, ignored);
            end_();
        });
    }
    void hang_up() {
        try {
            on_hangup_();
        } catch (std::exception const& e) {
            failed_(e.what());
        } catch (...) {
            failed_("not a std::exception");
        }
    }

    boost::asio::signal_set signals_;
    std::function<void()> on_hangup_;
    std::function<void()> end_;
    std::function<void(std::string_view)> failed_;
};

}  // namespace milterproto::detail
