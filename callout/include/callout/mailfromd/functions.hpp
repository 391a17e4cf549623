#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "callout/doors/clock.hpp"
#include "callout/engine.hpp"
#include "callout/mailfromd/client.hpp"
#include "callout/mailfromd/url.hpp"

/// The functions that filters in other languages use for callouts, under their own names: callout_open,
/// callout_do, callout_close, callout and default_callout_server_url of GNU Mailfromd's MFL (modules
/// `callout` and `poll`), with last_poll_host, last_poll_greeting, last_poll_helo, last_poll_sent,
/// last_poll_recv and cache_used. They speak Mailfromd's callout protocol with a `vouchd` or a `calloutd`, or
/// ask the engine of this process.
///
///     callout_functions filter(executor, &engine, options);
///     auto fd = co_await filter.callout_open("inet://192.0.2.25:3535", until);
///     if (!fd) co_return fd.error();                                     // e_callout_proto, e_failure, ...
///     auto answer = co_await filter.callout_do(*fd, sender, "MODE=hostfirst HOST=mx.example.net", until);
///     if (answer && answer->status == callout_status::e_not_found) ...   // why: answer->last_poll.received
///     co_await filter.callout_close(*fd, until);
namespace callout {

/// What callout_open() returns: a connection, or a way to the engine. It keeps what Mailfromd's variables
/// keep: the values of the last answer that had any. A handle that was moved from is closed, and has the
/// values of a new one.
class [[nodiscard]] callout_handle {
public:
    callout_handle(callout_handle&&) noexcept;
    callout_handle& operator=(callout_handle&&) noexcept;
    ~callout_handle();

    bool is_open() const noexcept;
    std::string const& last_poll_host() const noexcept;
    std::string const& last_poll_greeting() const noexcept;
    std::string const& last_poll_helo() const noexcept;
    std::string const& last_poll_sent() const noexcept;
    std::string const& last_poll_recv() const noexcept;
    bool cache_used() const noexcept;

private:
    friend class callout_functions;
    class state;
    explicit callout_handle(std::unique_ptr<state> of);
    poll const& last_poll() const noexcept;
    std::unique_ptr<state> state_;  ///< null: moved from
};

class callout_functions_options {
public:
    callout_functions_options() {}
    callout_session_options session;                    ///< ehlo_domain, mailfrom_address, ...
    std::string default_callout_server_url = "local:";  ///< for callout()
};

/// One filter's session: callout() keeps its connection from call to call, as MFL's does for a milter
/// session. One call at a time; other sessions have their own.
class callout_functions {
public:
    /// `local` is borrowed, and answers for `local:`; if it is null, such a URL is e_failure.
    callout_functions(boost::asio::any_io_executor executor, engine* local,
                      callout_functions_options options);
    ~callout_functions();

    /// Connects, reads the greeting, and says SID and SET. Fails with e_callout_proto if the other side is
    /// not a callout server or refuses one of them, e_eof if it hangs up, e_failure if nothing listens there,
    /// and e_range for a URL of another scheme, or a variable of the session that cannot stand in a command.
    [[nodiscard]] boost::asio::awaitable<callout_result<callout_handle>> callout_open(std::string url,
                                                                                      steady_time until);

    /// Verifies one address. `rest` is NAME=VALUE words: MODE, HOST, EHLO, MAILFROM, STARTTLS. An empty
    /// address and `<>` are success, and nothing is sent. After an error the handle is closed.
    [[nodiscard]] boost::asio::awaitable<callout_result<callout_answer>> callout_do(callout_handle& fd,
                                                                                    std::string email,
                                                                                    std::string rest,
                                                                                    steady_time until);

    /// Says QUIT; the answer to it does not matter. A second close is e_failure.
    [[nodiscard]] boost::asio::awaitable<callout_result<void>> callout_close(callout_handle& fd,
                                                                             steady_time until);

    /// Verifies an address with the default server, over one connection for all calls.
    [[nodiscard]] boost::asio::awaitable<callout_result<callout_answer>> callout(std::string email,
                                                                                 steady_time until);

    std::string const& default_callout_server_url() const noexcept;

private:
    boost::asio::awaitable<callout_result<void>> finish(callout_handle& fd, steady_time until);
    boost::asio::awaitable<callout_result<callout_answer>> ask_server(callout_handle& fd, std::string email,
                                                                      std::string rest, steady_time until);
    boost::asio::awaitable<callout_result<callout_answer>> ask_engine(std::string email, std::string rest,
                                                                      steady_time until);

    boost::asio::any_io_executor executor_;
    engine* local_;
    callout_functions_options options_;
    std::unique_ptr<callout_handle> kept_;  ///< callout()'s
};

}  // namespace callout
