#pragma once

#include <array>
#include <csignal>

namespace milterproto::detail {

/// Keeps signals from killing a program in the middle of a message, and restores their former handlers.
///
/// SIGPIPE comes when the reader of a log is gone, SIGUSR1 and SIGUSR2 from scripts that rotate logs. They do
/// nothing as long as this lives, unless the program has a handler of its own for them.
class signal_guard {
public:
    signal_guard();
    ~signal_guard();
    signal_guard(signal_guard const&) = delete;

    /// Returns whether the program was started with SIGHUP ignored, as nohup does.
    bool hangup_was_ignored() const noexcept;

private:
    struct saved {
        int signal;
        struct sigaction before;
    };
    std::array<saved, 6> saved_{};
};

}  // namespace milterproto::detail
