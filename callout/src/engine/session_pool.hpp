#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <map>
#include <memory>
#include <string>

#include "callout/doors/bound_use.hpp"
#include "callout/doors/clock.hpp"
#include "callout/doors/stream.hpp"
#include "callout/options.hpp"
#include "callout/reply.hpp"
#include "core/session.hpp"
#include "engine/idle_signal.hpp"

namespace callout {

/// A connection, and all that is known of it.
class live_session {
public:
    live_session(std::unique_ptr<stream> connected, core::reply_limits limits)
        : peer(std::move(connected)), reader(limits) {}

    std::unique_ptr<stream> peer;
    core::reply_reader reader;
    core::session state;
    std::array<char, 512> buffer;  ///< most replies fit in, and many sessions wait at the same time
};

/// Sessions that wait for another question, and those that take their leave. A session that waits is told
/// QUIT when no question came in `engine_options::session_idle`.
class session_pool : public std::enable_shared_from_this<session_pool> {
public:
    /// `closed` is given whenever the last session has been closed.
    session_pool(boost::asio::any_io_executor executor, callout::clock& clock, engine_options const& options,
                 std::shared_ptr<idle_signal> closed)
        : executor_(std::move(executor)),
          clock_(clock),
          idle_(options.session_idle),
          quit_(options.soft.quit),
          sessions_(std::make_shared<open_sessions>(std::move(closed))) {}

    /// For the sessions that are given from now on.
    void reconfigure(engine_options const& options) {
        idle_ = options.session_idle;
        quit_ = options.soft.quit;
    }

    /// One that still lives, or null. The key holds all that must be the same.
    std::unique_ptr<live_session> take(std::string const& key);
    void give(std::string const& key, std::unique_ptr<live_session> session);
    /// Says QUIT and hears what comes until `until`. Nobody waits for it.
    void see_off(std::unique_ptr<live_session> session, steady_time until);
    /// Takes leave of all, and keeps none from now on.
    void stop();

    /// Sessions that are kept or take their leave.
    std::size_t open() const noexcept { return sessions_->count; }
    std::size_t kept() const noexcept { return waiting_.size(); }
    bool idle() const noexcept { return open() == 0; }
    /// Adds what strangers can fill here.
    void tell(ledger& to) const {
        to.emplace_back("sessions_kept", kept(), most_kept);
        to.emplace_back("sessions_open", open(), most_open);
    }

    /// Each is a descriptor here and a process there; beyond this many, a session ends with its question.
    static constexpr std::size_t most_kept = 200;
    /// With those that take their leave. A peer chooses how long it takes to answer QUIT; beyond this many,
    /// it is not asked.
    static constexpr std::size_t most_open = 400;

private:
    struct entry {
        std::unique_ptr<live_session> session;  ///< null when it was taken
        std::unique_ptr<alarm> bell;
        bool dismissed = false;
    };
    using shared_entry = std::shared_ptr<entry>;

    class open_sessions {
    public:
        explicit open_sessions(std::shared_ptr<idle_signal> closed_) : closed(std::move(closed_)) {}
        std::shared_ptr<idle_signal> closed;
        std::size_t count = 0;
    };

    /// A session counts as open as long as it lives. The pool may go first.
    class stay {
    public:
        explicit stay(std::shared_ptr<open_sessions> among) : among_(std::move(among)) { ++among_->count; }
        stay(stay&&) noexcept = default;
        stay& operator=(stay&&) = delete;
        ~stay() {
            if (among_ && --among_->count == 0) among_->closed->give();
        }
        /// Are there more than `most_open`, so that this one leaves without a word?
        bool is_crowded() const noexcept { return among_->count > most_open; }

    private:
        std::shared_ptr<open_sessions> among_;
    };

    static boost::asio::awaitable<void> linger(std::weak_ptr<session_pool> pool, callout::clock& clock,
                                               shared_entry mine, steady_time until,
                                               std::chrono::milliseconds quit, stay here);
    static boost::asio::awaitable<void> take_leave(std::unique_ptr<live_session> session, steady_time until,
                                                   stay here);

    boost::asio::any_io_executor executor_;
    callout::clock& clock_;
    std::chrono::milliseconds idle_;
    std::chrono::milliseconds quit_;
    std::multimap<std::string, shared_entry> waiting_;
    std::shared_ptr<open_sessions> sessions_;
    bool stopped_ = false;
};

}  // namespace callout
