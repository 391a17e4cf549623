#include "signal_guard.hpp"

#include <algorithm>

namespace milterproto::detail {

namespace {

constexpr std::array watched{SIGHUP, SIGINT, SIGTERM, SIGPIPE, SIGUSR1, SIGUSR2};

bool is_default(struct sigaction const& action) {
    return (action.sa_flags & SA_SIGINFO) == 0 && action.sa_handler == SIG_DFL;
}

/// A handler instead of SIG_IGN, which programs that the filter starts would inherit.
void do_nothing(int) {}

}  // namespace

signal_guard::signal_guard() {
    struct sigaction harmless{};
    harmless.sa_handler = &do_nothing;
    harmless.sa_flags = SA_RESTART;
    std::ranges::transform(watched, saved_.begin(), [&](int signal) {
        saved one{signal, {}};
        ::sigaction(signal, nullptr, &one.before);
        bool const is_quiet = signal == SIGPIPE || signal == SIGUSR1 || signal == SIGUSR2;
        if (is_quiet && is_default(one.before)) ::sigaction(signal, &harmless, nullptr);
        return one;
    });
}

signal_guard::~signal_guard() {
    for (auto const& one : saved_) ::sigaction(one.signal, &one.before, nullptr);
}

bool signal_guard::hangup_was_ignored() const noexcept {
    auto const& hangup = saved_.front().before;
    return (hangup.sa_flags & SA_SIGINFO) == 0 && hangup.sa_handler == SIG_IGN;
}

}  // namespace milterproto::detail
