#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "answering.hpp"
#include "driver_shell.hpp"
#include "milterproto/core/filter/filter_session.hpp"
#include "milterproto/core/filter/macro_check.hpp"
#include "milterproto/crowd.hpp"
#include "milterproto/filter.hpp"
#include "milterproto/timer.hpp"

namespace milterproto::detail {

/// How long an MTA may take, and how often it is sent a sign of progress.
struct filter_limits {
    std::chrono::milliseconds negotiation;  ///< from the beginning to the agreement
    std::chrono::milliseconds packet;       ///< from a frame's first byte to its last
    std::chrono::milliseconds idle;         ///< between two frames
    std::chrono::milliseconds write;        ///< until it reads on
    std::chrono::milliseconds progress;     ///< between two signs of progress at a slow end of message
};

/// Drives one filter on one milter connection, without a socket, a clock or a logger: it shows the events,
/// turns verdicts and exceptions into answers, and decides when the connection, or a callback that waits, has
/// to end. A shell obeys it: the server's on a socket, and the rehearsal of a test.
///
///     for (;;) {
///         switch (driver.advance(now)) {
///             case halt::input:    // write output(), sent(); read into machine().input(), received()
///             case halt::turn:     // write output(), sent(); let others go on
///             case halt::callback: // await_callback(); meanwhile read into machine().input_ahead()
///             case halt::end:      // write output(), close
///         }
///     }
///
/// Meanwhile the shell calls `at` every now and then.
///
/// Only the first cause of the end is reported. A callback is cancelled when its verdict is not needed any
/// more; it may give one all the same, and that verdict counts.
class filter_driver final : private edit_sink {
public:
    /// What stops `advance`.
    enum class halt {
        input,     ///< all that came is dealt with
        turn,      ///< so much came at once that others should have their turn; more may be there
        callback,  ///< a callback gave a task, whose verdict is needed first
        end,       ///< nothing follows
    };
    /// What the shell has to do at once, besides what it is doing.
    enum class demand {
        nothing,
        write,            ///< `output()`, as far as the MTA takes it
        cancel_callback,  ///< and go on to await it
        close,            ///< the socket; then advance
    };

    /// `shell` is borrowed.
    filter_driver(std::unique_ptr<filter> author, missing_edits missing, std::size_t max_payload,
                  driver_shell& shell, steady_time now);

    /// Shows the filter what has come, and sends its answers.
    halt advance(steady_time now);

    // the MTA
    /// Tells that `count` bytes came, into `machine().input()`; or into its `input_ahead()` while a callback
    /// waits.
    demand received(std::size_t count) noexcept;
    /// Tells that the connection has ended: by end of file, or because it broke.
    demand mta_ended() noexcept { return end(errc::peer_gone, is_watching()); }
    /// The bytes that wait for the MTA; `sent` tells how many of them it took.
    std::string_view output() const noexcept { return machine_.output(); }
    void sent(std::size_t count, steady_time now) noexcept;
    /// Returns whether what the MTA does now could end the callback that waits: it should be read then.
    bool is_watching() const noexcept;

    // the callback that waits
    bool callback_waits() const noexcept { return waiting_.has_value(); }
    response& callback() noexcept { return *waiting_; }
    /// Tells that it ended, by a verdict or by an exception.
    void finished(any_verdict verdict);
    void failed(std::string_view what);
    /// Notes that the shell cancels it, for a reason of its own.
    void cancel_callback() noexcept { is_cancelled_ = callback_waits(); }
    bool is_cancelled() const noexcept { return is_cancelled_; }

    // time, and the program
    /// Decides what has fallen due.
    demand at(steady_time now, filter_limits const& limits);
    /// Stops: commands that have come are not looked at any more. The socket is to be closed.
    demand stop() noexcept { return end(errc::stopped, callback_waits()); }

    /// Ends the connection after an exception that was not a callback's. A callback that nobody awaits is
    /// given up. The socket is to be closed.
    enum class callback_is { awaited, not_awaited };
    void break_off(callback_is under_way) noexcept;
    /// Ends the connection because another needs its place. The socket is to be closed.
    void displace() noexcept { end(errc::displaced, false); }

    /// Returns how little the connection would be missed, and since when it has waited. A command that begins
    /// no message does not make it younger.
    candidate standing() const noexcept;
    bool is_busy() const noexcept { return callback_waits() || machine_.in_message() || !output().empty(); }
    /// Returns how many events that are answered were shown to the filter so far.
    std::size_t questions() const noexcept { return questions_; }
    /// Returns why the connection ended; empty if the MTA ended it.
    boost::system::error_code cause() const noexcept { return cause_; }
    core::filter_session& machine() noexcept { return machine_; }
    core::filter_session const& machine() const noexcept { return machine_; }

private:
    struct due {
        steady_time when;
        errc cause;
    };

    void note_event();
    void show();
    void conclude(any_verdict verdict);
    void conclude_exception(std::string_view what);
    void settle(any_verdict const& verdict);
    void begin_wait(steady_time now) noexcept;
    demand demand_if_unwanted() noexcept;
    due first_due(filter_limits const& limits) const noexcept;
    demand look_after_callback(steady_time now, filter_limits const& limits);
    demand end(errc cause, bool cancels) noexcept;

    core::edits& changes() override { return machine_.changes(); }
    void send_now() override { shell_.send_now(); }

    driver_shell& shell_;
    std::unique_ptr<filter> filter_;
    core::filter_session machine_;
    answering answering_;
    core::macro_check macros_asked_;
    connection context_;
    core::filter_event event_;         ///< under way; the callback's views point into it
    std::optional<response> waiting_;  ///< the callback that waits
    std::optional<errc> ended_by_;     ///< what ended the connection first, unless the MTA did
    boost::system::error_code cause_;  ///< as the filter was told

    steady_time begun_;
    steady_time since_;        ///< when the wait for the MTA began, or the latest sign of progress
    steady_time rests_since_;  ///< when the connection or its latest message ended, or began
    std::optional<steady_time> frame_begun_;  ///< when the frame began that is not whole yet
    std::uint64_t frames_seen_ = 0;
    std::size_t questions_ = 0;
    bool has_seen_message_ = false;  ///< since the wait before
    bool had_message_ = false;
    bool is_cancelled_ = false;
    bool is_blocked_ = false;  ///< the MTA has not taken all of the output that it was to be sent
};

}  // namespace milterproto::detail
