#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "player.hpp"
#include "recording.hpp"
#include "workload.hpp"

/// The MTA of the comparison: has one conversation with the filter through `mta_session`, checks it, replays
/// it many times over many connections, and prints what it measured as one line of JSON.
namespace {

using namespace std::chrono_literals;

class command_line {
public:
    command_line() {}

    bench::filter_command_line filter;  ///< what is at the other end
    std::string workload = "typical";
    bench::schedule when;
    bench::with content = bench::with::messages;
    std::size_t warm_up = 1;  ///< sessions at each place before the measured ones
    std::optional<pid_t> cpu_of;
    std::optional<std::size_t> idle;
    bench::idle_after idle_stage = bench::idle_after::negotiation;
};

constexpr char usage[] =
    "usage: bench_load -p unix:PATH|inet:PORT@HOST [--noop|--full] [--negotiate default|max]\n"
    "           [--workload tiny|typical|big] [--connections N] [--sessions N] [--messages N]\n"
    "           [--warm-up SESSIONS] [--cpu-of PID] [--idle N [--idle-after negotiation|message]]\n"
    "With --idle it opens N connections, says so, and keeps them until its input ends.\n"
    "With --messages 0 every connection ends after its greeting.\n";

[[noreturn]] void refuse() {
    std::fputs(usage, stderr);
    std::_Exit(64);
}

std::size_t number(std::string_view text) {
    std::size_t value = 0;
    auto const [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc() || end != text.data() + text.size()) refuse();
    return value;
}

void set(command_line& read, std::string_view name, std::string_view value) {
    using bench::idle_after;
    using bench::negotiate;
    if (name == "-p") {
        read.filter.where = value;
    } else if (name == "--negotiate" && (value == "default" || value == "max")) {
        read.filter.negotiate = value == "max" ? negotiate::max : negotiate::by_default;
    } else if (name == "--workload") {
        read.workload = value;
    } else if (name == "--connections") {
        read.when.connections = number(value);
    } else if (name == "--sessions") {
        read.when.sessions = number(value);
    } else if (name == "--messages") {
        read.when.messages = number(value);
        if (read.when.messages == 0) read.content = bench::with::no_message;
    } else if (name == "--warm-up") {
        read.warm_up = number(value);
    } else if (name == "--cpu-of") {
        read.cpu_of = static_cast<pid_t>(number(value));
    } else if (name == "--idle") {
        read.idle = number(value);
    } else if (name == "--idle-after" && (value == "negotiation" || value == "message")) {
        read.idle_stage = value == "message" ? idle_after::message : idle_after::negotiation;
    } else {
        refuse();
    }
}

command_line read_command_line(int argc, char** argv) {
    command_line read;
    for (int i = 1; i < argc; ++i) {
        std::string_view const word = argv[i];
        if (word == "--noop" || word == "--full") {
            read.filter.behaviour = word == "--noop" ? bench::behaviour::noop : bench::behaviour::full;
        } else if (i + 1 < argc) {
            set(read, word, argv[++i]);
        } else {
            refuse();
        }
    }
    if (read.filter.where.empty()) refuse();
    return read;
}

/// Returns the CPU time of all threads of a process, including those that have ended.
std::chrono::nanoseconds cpu_time_of(pid_t process) {
    clockid_t clock{};
    timespec time{};
    if (::clock_getcpuclockid(process, &clock) != 0 || ::clock_gettime(clock, &time) != 0)
        throw std::runtime_error("the CPU time of that process cannot be read");
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

double microseconds(std::chrono::nanoseconds time) {
    return static_cast<double>(time.count()) / 1000.0;
}

double quantile(std::vector<std::chrono::nanoseconds> const& sorted, double part) {
    if (sorted.empty()) return 0;
    auto const last = static_cast<double>(sorted.size() - 1);
    return microseconds(sorted[static_cast<std::size_t>(std::lround(part * last))]);
}

void allow_descriptors(std::size_t count) {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = std::max<rlim_t>(limit.rlim_cur, count + 64);
    limit.rlim_max = std::max(limit.rlim_max, limit.rlim_cur);
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0)
        throw std::runtime_error("the limit of open files cannot be raised that far");
}

/// Waits until the input ends, which also happens when the program that started this one is killed.
void wait_for_end_of_input() {
    std::array<char, 256> octets;
    while (::read(STDIN_FILENO, octets.data(), octets.size()) > 0) {
    }
}

int keep_idle(command_line const& wanted, milterproto::socket_spec const& where,
              bench::recording const& conversation) {
    allow_descriptors(*wanted.idle);
    bench::idle_connections const kept(where, conversation, *wanted.idle, wanted.idle_stage);
    std::printf("{\"idle\": %zu}\n", *wanted.idle);
    std::fflush(stdout);
    wait_for_end_of_input();
    return 0;
}

int measure(command_line const& wanted, milterproto::socket_spec const& where,
            bench::recording const& conversation) {
    allow_descriptors(wanted.when.connections);
    auto warm_up = wanted.when;
    warm_up.sessions = wanted.warm_up;
    if (warm_up.sessions != 0) bench::play(where, conversation, warm_up);
    auto const before = wanted.cpu_of ? cpu_time_of(*wanted.cpu_of) : 0ns;
    auto result = bench::play(where, conversation, wanted.when);
    auto const used = wanted.cpu_of ? cpu_time_of(*wanted.cpu_of) - before : 0ns;

    std::sort(result.latencies.begin(), result.latencies.end());
    auto const messages = static_cast<double>(result.latencies.size());
    auto const connections = static_cast<double>(wanted.when.connections * wanted.when.sessions);
    auto const seconds = microseconds(result.elapsed) / 1e6;
    std::printf(
        "{\"messages\": %.0f, \"connections\": %.0f, \"seconds\": %.6f, \"messages_per_second\": %.1f, "
        "\"p50_us\": %.2f, \"p99_us\": %.2f, \"cpu_us\": %.3f, \"cpu_us_per_message\": %.4f, "
        "\"cpu_us_per_connection\": %.4f}\n",
        messages, connections, seconds, messages / seconds, quantile(result.latencies, 0.5),
        quantile(result.latencies, 0.99), microseconds(used),
        messages > 0 ? microseconds(used) / messages : 0.0, microseconds(used) / connections);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    auto const wanted = read_command_line(argc, argv);
    auto const mail = bench::workload::named(wanted.workload);
    auto const where = milterproto::socket_spec::parse(wanted.filter.where);
    if (!mail || where.has_error()) refuse();
    try {
        auto const conversation = bench::record(*where, *mail, wanted.filter, wanted.content);
        return wanted.idle ? keep_idle(wanted, *where, conversation) : measure(wanted, *where, conversation);
    } catch (std::exception const& failed) {
        std::fprintf(stderr, "bench_load: %s\n", failed.what());
        return 1;
    }
}
