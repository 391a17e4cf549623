#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

/// What the programs of the callout comparison share: their command lines, the addresses that they ask about,
/// and the output of their measurements.
namespace bench {

/// A command line of `--name value` pairs. Ends the process with status 64 and a message if it is not valid.
class callout_command_line {
public:
    callout_command_line(int argc, char** argv);

    std::size_t number(std::string const& name, std::optional<std::size_t> otherwise = std::nullopt) const;
    std::string text(std::string const& name, std::optional<std::string> otherwise = std::nullopt) const;

private:
    [[noreturn]] void refuse(std::string const& why) const;

    std::string program_;
    std::map<std::string, std::string> values_;
};

/// Ends the process with status 71 and the system's message for errno.
[[noreturn]] void give_up(char const* what);

void allow_descriptors(std::size_t count);

/// Mail of `N.bench.test` goes to 127.1.0.N, so that there are enough pairs of addresses for the ports never
/// to run out.
constexpr std::size_t domains = 200;

std::string address_of(std::size_t serial, std::size_t among = domains);  ///< "user17@17.bench.test"
std::uint32_t host_of(std::size_t domain);                                ///< 127.1.0.N, in host byte order
sockaddr_in endpoint_of(char const* address, std::uint16_t port);
sockaddr_in endpoint_of(std::uint32_t address, std::uint16_t port);

/// Returns a message of about that many bytes.
std::string message_of(std::size_t size);

/// Measures the time and the processor time that a program has used.
class stopwatch {
public:
    stopwatch();
    double seconds() const;
    double cpu_seconds() const;

private:
    double clock_;
    double cpu_;
};

/// Resident memory of this process in KiB.
std::size_t resident_kib();

/// Prints `{"verifications": ..., "seconds": ..., "per_second": ..., "cpu_us": ...` and leaves the object
/// open.
void print_rate(std::size_t verifications, stopwatch const& watch);
/// Prints the same of what else was done.
void print_rate(char const* what, std::size_t count, double seconds, double cpu_seconds);

}  // namespace bench
