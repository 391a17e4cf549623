#include "callout_command_line.hpp"

#include <arpa/inet.h>
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace bench {

namespace {

double time_of(clockid_t clock) {
    timespec now{};
    ::clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

}  // namespace

callout_command_line::callout_command_line(int argc, char** argv) : program_(argv[0]) {
    for (int i = 1; i < argc; i += 2) {
        if (!std::string_view(argv[i]).starts_with("--") || i + 1 == argc)
            refuse(std::string(argv[i]) + ": expected options in the form --name value");
        values_[argv[i]] = argv[i + 1];
    }
}

std::size_t callout_command_line::number(std::string const& name,
                                         std::optional<std::size_t> otherwise) const {
    auto const found = values_.find(name);
    if (found == values_.end() && otherwise) return *otherwise;
    auto const word = text(name);
    std::size_t value = 0;
    auto const [end, failed] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (failed != std::errc() || end != word.data() + word.size())
        refuse(name + ": \"" + word + "\" is not a number");
    return value;
}

std::string callout_command_line::text(std::string const& name, std::optional<std::string> otherwise) const {
    auto const found = values_.find(name);
    if (found != values_.end()) return found->second;
    if (otherwise) return *otherwise;
    refuse(name + " is missing");
}

void callout_command_line::refuse(std::string const& why) const {
    std::fprintf(stderr, "%s: %s\n", program_.c_str(), why.c_str());
    std::_Exit(64);
}

std::string message_of(std::size_t size) {
    constexpr std::size_t line = 78;
    std::string text = "Subject: bench\r\n\r\n";
    while (text.size() + line + 2 <= size) text += std::string(line, 'x') + "\r\n";
    return text;
}

void give_up(char const* what) {
    std::perror(what);
    std::_Exit(71);
}

void allow_descriptors(std::size_t count) {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = std::max<rlim_t>(limit.rlim_cur, count + 64);
    limit.rlim_max = std::max(limit.rlim_max, limit.rlim_cur);
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) give_up("setrlimit");
}

std::string address_of(std::size_t serial, std::size_t among) {
    return "user" + std::to_string(serial) + '@' + std::to_string(serial % among) + ".bench.test";
}

std::uint32_t host_of(std::size_t domain) {
    return 0x7f010000U + static_cast<std::uint32_t>(domain) + 1;
}

sockaddr_in endpoint_of(std::uint32_t address, std::uint16_t port) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(address);
    return where;
}

sockaddr_in endpoint_of(char const* address, std::uint16_t port) {
    in_addr number{};
    if (::inet_pton(AF_INET, address, &number) != 1) give_up(address);
    return endpoint_of(ntohl(number.s_addr), port);
}

stopwatch::stopwatch() : clock_(time_of(CLOCK_MONOTONIC)), cpu_(time_of(CLOCK_PROCESS_CPUTIME_ID)) {}

double stopwatch::seconds() const {
    return time_of(CLOCK_MONOTONIC) - clock_;
}

double stopwatch::cpu_seconds() const {
    return time_of(CLOCK_PROCESS_CPUTIME_ID) - cpu_;
}

std::size_t resident_kib() {
    std::ifstream rollup("/proc/self/smaps_rollup");
    std::string word;
    std::size_t kib = 0;
    while (rollup >> word && word != "Rss:") {
    }
    rollup >> kib;
    return kib;
}

void print_rate(std::size_t verifications, stopwatch const& watch) {
    print_rate("verifications", verifications, watch.seconds(), watch.cpu_seconds());
}

void print_rate(char const* what, std::size_t count, double seconds, double cpu_seconds) {
    auto const number = static_cast<double>(count);
    std::printf("{\"%s\": %zu, \"seconds\": %.6f, \"per_second\": %.1f, \"cpu_us\": %.3f", what, count,
                seconds, number / seconds, cpu_seconds / number * 1e6);
}

}  // namespace bench
