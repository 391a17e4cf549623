#pragma once

#include <functional>

#include "milterproto/server.hpp"

namespace milterproto {

class program_options : public server_options {
public:
    program_options() { stale = stale_socket::remove; }
    /// Each has a loop of its own and its own connections; a connection stays with its thread.
    std::size_t threads = 1;
    /// After SIGTERM or SIGINT: how long messages under way may take to end.
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
/// `make` and `watcher` are called by every thread. Without a watcher stderr is told what goes wrong, as a
/// `text_observer` does. An error is one of listening.
[[nodiscard]] result<void> run(socket_spec const& where, server::factory const& make,
                               program_options const& options = {}, server_observer* watcher = nullptr);

}  // namespace milterproto
