#include "run/filter_process.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <thread>

#include "text/values.hpp"

namespace testmta::run {

namespace {

constexpr std::chrono::milliseconds between_looks{10};

/// A filter that leaves TERM to its default ends by it, which is what it was asked for.
bool is_good(int status) {
    return (WIFEXITED(status) && WEXITSTATUS(status) == 0) ||
           (WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

boost::system::error_code try_connect(milterproto::socket_spec const& where) {
    boost::asio::io_context io;
    boost::asio::generic::stream_protocol::socket socket(io);
    boost::system::error_code bad;
    socket.connect(where.endpoint(), bad);
    return bad;
}

}  // namespace

filter_process::filter_process(std::string const& command) {
    // Processes whose parent ends become children of testmta, which can then wait for them.
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    group_ = ::fork();
    if (group_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
    ::setpgid(group_, 0);  // both sides do it, so that it is done whoever comes first
    if (group_ != 0) return;
    ::dup2(STDERR_FILENO, STDOUT_FILENO);  // what the filter says must not get into the report
    ::execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
}

filter_process::~filter_process() {
    if (has_ended()) return;
    ::kill(-group_, SIGKILL);
    while (::waitpid(-group_, nullptr, 0) > 0) continue;
}

bool filter_process::has_ended() {
    while (!has_ended_) {
        int status = 0;
        auto const which = ::waitpid(-group_, &status, WNOHANG);
        if (which == 0) return false;
        if (which < 0) {
            has_ended_ = true;
        } else if (is_good(status_)) {
            status_ = status;
        }
    }
    return true;
}

std::string filter_process::describe_end() const {
    if (!WIFSIGNALED(status_)) return "exit status " + std::to_string(WEXITSTATUS(status_));
    auto const number = WTERMSIG(status_);
    return "signal " + std::to_string(number) + " (" + ::sigdescr_np(number) + ')' +
           (WCOREDUMP(status_) ? ", core dumped" : "");
}

std::optional<std::string> filter_process::stop(duration limit) {
    if (has_ended()) return "the filter ended by itself: " + describe_end();
    ::kill(-group_, SIGTERM);
    auto const until = std::chrono::steady_clock::now() + limit;
    while (!has_ended() && std::chrono::steady_clock::now() < until)
        std::this_thread::sleep_for(between_looks);
    if (!has_ended()) {
        ::kill(-group_, SIGKILL);
        return "the filter did not end within " + text::to_string(limit) + " after TERM, and was killed";
    }
    if (is_good(status_)) return std::nullopt;
    return "the filter ended after TERM with " + describe_end();
}

std::optional<std::string> await_filter(milterproto::socket_spec const& where,
                                        std::chrono::microseconds limit, filter_process* started) {
    auto const until = std::chrono::steady_clock::now() + limit;
    for (;;) {
        auto const bad = try_connect(where);
        if (!bad) return std::nullopt;
        if (started != nullptr && started->has_ended())
            return "the filter ended before it listened: " + started->describe_end();
        if (std::chrono::steady_clock::now() >= until)
            return "the filter cannot be reached at " + where.to_string() + " within " +
                   text::to_string(limit) + ": " + bad.message();
        std::this_thread::sleep_for(between_looks);
    }
}

}  // namespace testmta::run
