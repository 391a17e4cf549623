#pragma once

#include <functional>

#include "milterproto/server.hpp"

namespace milterproto {

class program_options : public server_options {
public:
    program_options() { stale = stale_socket::remove; }
    /// Each thread has a loop and connections of its own; a connection stays with its thread.
    std::size_t threads = 1;
    /// How long messages under way may take to end after SIGTERM or SIGINT.
    std::chrono::milliseconds grace{2'000};
    /// Called at SIGHUP, in the thread that called `run`. Empty: SIGHUP ends the program as SIGTERM does,
    /// unless it was started by nohup.
    std::function<void()> on_hangup;
};

/// libmilter: smfi_setconn, smfi_register and smfi_main in one. Listens at `where` and serves until SIGTERM
/// or SIGINT, which end it without loss as far as `options.grace` allows; a second one ends it at once. It is
/// the main function of a program that is a milter and nothing else. SIGPIPE, SIGUSR1 and SIGUSR2 do nothing
/// meanwhile, unless the program has handlers of its own; afterwards all signals are as they were before.
///
/// `make` and `watcher` are called by every thread. Without a watcher, what goes wrong is written to stderr,
/// as a `text_observer` does. An error means that it could not listen.
[[nodiscard]] result<void> run(socket_spec const& where, server::factory const& make,
                               program_options const& options = {}, server_observer* watcher = nullptr);

}  // namespace milterproto
