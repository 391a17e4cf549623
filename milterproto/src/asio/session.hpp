#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <chrono>
#include <memory>
#include <optional>

#include "buffer_pool.hpp"
#include "milterproto/answering.hpp"
#include "milterproto/core/filter/macro_check.hpp"
#include "milterproto/server.hpp"
#include "milterproto/timer.hpp"
#include "missing_macros.hpp"
#include "opening.hpp"
#include "stream.hpp"

namespace milterproto::detail {

/// What the sessions of one server share. One coarse clock serves them all: arming a timer for each wait
/// would cost more than the wait.
class session_host {
public:
    using time_point = steady_time;

    server_options const& options;
    server_observer& watcher;
    buffer_pool buffers;
    missing_macros macros;
    time_point now;                        ///< as of the last beat
    std::chrono::milliseconds beat{1000};  ///< between two looks at every session

    session_host(server_options const& chosen, server_observer& told, time_point begin)
        : options(chosen), watcher(told), macros(told), now(begin) {}
    /// Something began that wants the next beat to come soon.
    virtual void hurry() = 0;
    virtual void on_ended(std::uint64_t id) = 0;

protected:
    ~session_host() = default;
};

/// Who is at the other end, as observers are told.
class milter_peer {
public:
    milter_peer(std::uint64_t number, std::string listener, std::string client)
        : number_(number), listener_(std::move(listener)), client_(std::move(client)) {}
    milter_connection told() const noexcept { return {number_, listener_, client_}; }
    std::uint64_t number() const noexcept { return number_; }

private:
    std::uint64_t number_;
    std::string listener_;
    std::string client_;
};

/// Obeys one filter_session: reads, writes, keeps time, calls the filter.
///
/// It waits for octets, takes what there is, deals with all commands in it and writes the answers at once. A
/// callback that returns a verdict, or a task that ends without waiting, costs no turn of the scheduler.
/// While a task waits, the socket is watched: the MTA may abort or vanish, and the task is then cancelled.
class session_loop final : public std::enable_shared_from_this<session_loop>,
                           public stream_listener,
                           private edit_desk {
public:
    session_loop(stream peer, connection_place place, milter_peer who, std::unique_ptr<filter> author,
                 std::shared_ptr<session_host> host);

    void start();
    void stop();
    /// At every beat of the host's clock.
    void look_at_time();
    /// Does it want the next beat to come soon?
    bool is_impatient() const noexcept { return callback_waits() || !looked_again_; }
    bool is_busy() const noexcept {
        return callback_waits() || machine_.in_message() || !machine_.output().empty();
    }

private:
    /// What stops `advance`.
    enum class halt { input, callback, end };
    enum class waits_for : std::uint8_t { nothing, input, room };
    enum class sent { all, some, failed };
    static constexpr auto never = session_host::time_point::max();

    bool callback_waits() const noexcept { return waiting_.has_value(); }
    halt advance();
    void go_on(halt why);
    bool come_to_rest(halt why);
    task<> obey_tasks();
    task<> finish_callback();
    void conclude(any_verdict verdict);
    void conclude_exception(std::string_view what);
    void settle(any_verdict const& verdict);

    void await_input();
    void await_readable();
    void on_readable(boost::system::error_code failed) override;
    void on_writable(boost::system::error_code failed) override;
    void on_input(boost::system::error_code failed);
    std::span<char> room_to_read();
    boost::system::error_code read_into(std::span<char> room);
    sent flush();
    void await_room();
    void finish();
    void cut(errc cause);
    boost::system::error_code explain() const;

    void note_frame();
    void look_after_callback();
    void on_sign(boost::system::error_code failed);
    void cancel_callback();

    core::edits& changes() override { return machine_.changes(); }
    void send_now() override { flush(); }

    stream peer_;
    connection_place place_;
    milter_peer who_;
    std::unique_ptr<filter> filter_;
    std::shared_ptr<session_host> keeps_host_;
    session_host& host_;
    core::filter_session machine_;
    opening opening_;
    answering answering_;
    core::macro_check macros_asked_;
    connection context_;
    core::filter_event event_;         ///< under way; the callback's views point into it
    std::optional<response> waiting_;  ///< a task of the callback under way
    /// Of the coroutine that awaits the callbacks' tasks. Each has one of its own: what ends a coroutine of
    /// Asio comes a turn of the loop later, when the next may be under way.
    std::shared_ptr<boost::asio::cancellation_signal> cancel_;

    session_host::time_point begun_;
    session_host::time_point since_;  ///< the wait, or the callback, or the last sign of progress
    session_host::time_point frame_begun_ = never;  ///< of the frame that is not whole yet
    std::uint64_t frames_seen_ = 0;
    boost::system::error_code cut_;    ///< why we closed the socket ourselves
    boost::system::error_code cause_;  ///< of the end, as the filter was told
    waits_for waits_for_ = waits_for::nothing;
    bool looked_again_ = true;  ///< for what the wait under way may have missed
    bool cancelled_ = false;    ///< the callback that waits was
    bool gone_ = false;         ///< the MTA, while a callback waited
};

}  // namespace milterproto::detail
