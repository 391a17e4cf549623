#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>

extern "C" {
#include <libesmtp.h>
}

#include "callout_command_line.hpp"

/// The same as bench_smtp_client on libESMTP, which waits for its peer: so each connection has a process.
///
///     bench_libesmtp_client --port N --count N [--connections N] [--size BYTES]
namespace {

bool send(std::string const& server, std::string& text) {
    auto* const session = smtp_create_session();
    smtp_set_server(session, server.c_str());
    smtp_set_hostname(session, "client.bench.test");
    auto* const message = smtp_add_message(session);
    smtp_set_reverse_path(message, "ann@bench.test");
    smtp_set_message_str(message, text.data());
    smtp_add_recipient(message, "bob@bench.test");
    bool const is_sent =
        smtp_start_session(session) != 0 && smtp_message_transfer_status(message)->code == 250;
    smtp_destroy_session(session);
    return is_sent;
}

}  // namespace

int main(int argc, char** argv) {
    bench::callout_command_line const wanted(argc, argv);
    auto const processes = wanted.number("--connections", 1);
    auto const each = wanted.number("--count") / processes;
    auto const server = "127.0.0.1:" + std::to_string(wanted.number("--port"));
    auto text = bench::message_of(wanted.number("--size", 10240));
    bench::stopwatch const watch;
    for (std::size_t i = 0; i < processes; ++i) {
        if (::fork() != 0) continue;
        for (std::size_t n = 0; n < each; ++n)
            if (!send(server, text)) std::_Exit(1);
        std::_Exit(0);
    }
    int status = 0;
    while (::wait(&status) > 0)
        if (status != 0) return 1;
    rusage used{};
    ::getrusage(RUSAGE_CHILDREN, &used);
    auto const seconds_in = [](timeval const& t) { return double(t.tv_sec) + double(t.tv_usec) / 1e6; };
    bench::print_rate("messages", each * processes, watch.seconds(),
                      seconds_in(used.ru_utime) + seconds_in(used.ru_stime));
    std::puts("}");
}
