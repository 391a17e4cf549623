#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

#include "buffer_pool.hpp"
#include "driver/filter_driver.hpp"
#include "milterproto/crowd.hpp"
#include "milterproto/server.hpp"
#include "milterproto/timer.hpp"
#include "missing_macros.hpp"
#include "stream.hpp"

namespace milterproto::detail {

/// What the sessions of one server share. One coarse clock serves them all: arming a timer for each wait
/// would cost more than the wait.
class session_host {
public:
    using time_point = steady_time;

    boost::asio::any_io_executor executor;
    server_options const& options;
    server_observer& watcher;
    buffer_pool buffers;
    missing_macros macros;
    crowd clients;
    time_point now;                        ///< as of the last beat
    std::chrono::milliseconds beat{1000};  ///< between two looks at every session
    filter_limits limits{};
    bool is_awaited = false;  ///< a coroutine waits until sessions are at rest

    session_host(boost::asio::any_io_executor on, server_options const& chosen, server_observer& told)
        : executor(std::move(on)), options(chosen), watcher(told), macros(told), now(time_on(executor)) {}
    /// Makes the next beat come soon.
    virtual void beat_soon() = 0;
    /// Called when a session is no longer busy, while `is_awaited`.
    virtual void on_rested() = 0;
    virtual void on_ended(std::uint64_t id) = 0;

protected:
    ~session_host() = default;
};

/// The other end of the connection, as observers are told of it.
class milter_peer {
public:
    /// The name of the listener is the server's, and lives as long as it.
    milter_peer(std::uint64_t number, std::string_view listener, std::string client)
        : number_(number), listener_(listener), client_(std::move(client)) {}
    milter_connection told() const noexcept { return {number_, listener_, client_}; }
    std::uint64_t number() const noexcept { return number_; }

private:
    std::uint64_t number_;
    std::string_view listener_;
    std::string client_;
};

/// Obeys one filter_driver on a socket: reads, writes, keeps time, awaits the callbacks.
///
/// It waits for bytes, takes what there is, deals with all commands in it and writes the answers at once. A
/// callback that returns a verdict, or a task that ends without waiting, costs no turn of the scheduler.
/// While a task waits, the socket is watched: the MTA may abort or vanish, and the task is then cancelled.
class session_loop final : public std::enable_shared_from_this<session_loop>,
                           public stream_listener,
                           private driver_shell {
public:
    session_loop(stream peer, connection_place place, milter_peer who, std::string const& client,
                 std::unique_ptr<filter> author, std::shared_ptr<session_host> host);

    void start();
    void stop();
    /// Ends the session at once, because a new connection needs its place. The place is free then, unless the
    /// filter's on_close waits.
    void displace();
    candidate standing() const noexcept;
    /// Called at every beat of the host's clock.
    void look_at_time();
    /// Returns whether the next beat should come soon.
    bool wants_beat_soon() const noexcept { return driver_.callback_waits() || !looked_again_; }
    bool is_busy() const noexcept { return driver_.is_busy() || waits_for_ == waits_for::turn; }

private:
    /// Tells a session when the coroutine that awaits its callbacks is gone without an end.
    class end_of_callbacks;

    enum class waits_for : std::uint8_t { nothing, input, room, turn };
    enum class sent { all, some, failed };
    using halt = filter_driver::halt;
    using demand = filter_driver::demand;

    template <class Work>
    void guarded(Work work) noexcept;
    void break_off(std::string_view what) noexcept;
    void give_up() noexcept;
    void report_end(std::string_view said) noexcept;

    void go_on();
    bool come_to_rest();
    void on_callbacks_ended(std::exception_ptr const& thrown);
    void on_callbacks_lost();
    task<> await_callbacks();
    void obey(demand wanted);
    void cancel_callback();

    void await_turn();
    void await_input();
    void await_readable();
    void on_readable(boost::system::error_code failed) override;
    void on_writable(boost::system::error_code failed) override;
    void on_input(boost::system::error_code failed);
    void on_sign(boost::system::error_code failed);
    bool is_read_into(std::span<char> room);
    std::span<char> room_to_read();
    sent flush();
    void await_room();
    void finish();
    void look_again();
    void give_memory_back();
    void give_buffer();

    void send_now() override { flush(); }
    void on_exception(core::filter_event const& at, std::string_view what) override;
    void on_misplaced_verdict(core::filter_event const& at) override;
    void on_reply_in_ascii(core::filter_event const& at, std::string_view text) override;
    void on_missing_macros(std::vector<core::missing_macro> const& missing) override;

    stream peer_;
    connection_place place_;
    milter_peer who_;
    std::shared_ptr<session_host> host_;
    crowd::member client_;
    filter_driver driver_;
    /// Cancels the coroutine that awaits the callbacks' tasks. Each coroutine has its own: Asio ends a
    /// coroutine a turn of the loop later, when the next may be under way.
    std::shared_ptr<boost::asio::cancellation_signal> cancel_;
    std::size_t last_read_ = 0;  ///< in bytes
    waits_for waits_for_ = waits_for::nothing;
    bool looked_again_ = true;  ///< for what the wait under way may have missed
    bool is_awaiting_ = false;  ///< the callbacks' tasks
    bool is_broken_ = false;    ///< by an exception
    bool is_over_ = false;
};

}  // namespace milterproto::detail
