#pragma once

#include <mutex>
#include <string>

#include "milterproto/server_observer.hpp"
#include "missing_macros.hpp"

namespace milterproto::detail {

/// Counts the threads that cannot accept, so that the observer hears of a shortage once, and not from each
/// thread.
class accepting_threads {
public:
    /// Calls `tell` for the first thread that fails, and for the last that recovers.
    template <class Tell>
    void fail(Tell tell) {
        std::scoped_lock const hold(mutex_);
        if (failing_++ == 0) tell();
    }
    template <class Tell>
    void recover(Tell tell) {
        std::scoped_lock const hold(mutex_);
        if (--failing_ == 0) tell();
    }

private:
    std::mutex mutex_;
    std::size_t failing_ = 0;
};

/// What the observers of all threads share.
struct told_by_all_threads {
    accepting_threads accepting;
    told_macros macros;
};

/// Stands between one thread's server and the program's observer. Each server counts its own connections and
/// listens on a duplicate of one descriptor; the observer gets numbers that are unique in the program, and
/// the socket's real name.
class program_observer final : public server_observer {
public:
    program_observer(server_observer& told, told_by_all_threads& all, std::size_t thread, std::size_t count)
        : told_(told), all_(all), thread_(thread), count_(count) {}

    void listens_at(std::string socket) { socket_ = std::move(socket); }

    void on_accepted(milter_connection const& which) override { told_.on_accepted(named(which)); }
    void on_refused(milter_connection const& which, std::string_view why) override {
        told_.on_refused(named(which), why);
    }
    void on_closed(milter_connection const& which, connection_end const& end) override {
        told_.on_closed(named(which), end);
    }
    void on_exception(milter_connection const& which, std::string_view callback,
                      std::string_view what) override {
        told_.on_exception(named(which), callback, what);
    }
    void on_misplaced_verdict(milter_connection const& which, std::string_view callback) override {
        told_.on_misplaced_verdict(named(which), callback);
    }
    void on_missing_macro(milter_connection const& which, macro_stage stage, std::string_view name) override {
        if (all_.macros.is_news(stage, name)) told_.on_missing_macro(named(which), stage, name);
    }
    void on_reply_in_ascii(milter_connection const& which, std::string_view callback,
                           std::string_view text) override {
        told_.on_reply_in_ascii(named(which), callback, text);
    }
    void on_accept_failing(std::string_view, boost::system::error_code why) override {
        all_.accepting.fail([&] { told_.on_accept_failing(socket_, why); });
    }
    void on_accept_recovered(std::string_view) override {
        all_.accepting.recover([&] { told_.on_accept_recovered(socket_); });
    }

private:
    milter_connection named(milter_connection which) const {
        if (which.number != 0) which.number = (which.number - 1) * count_ + thread_ + 1;
        which.listener = socket_;
        return which;
    }

    server_observer& told_;
    told_by_all_threads& all_;
    std::size_t thread_;
    std::size_t count_;
    std::string socket_;
};

}  // namespace milterproto::detail
