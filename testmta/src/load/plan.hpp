#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "milterproto/socket_spec.hpp"
#include "script/dialect.hpp"

namespace testmta::load {

/// The options of the command line, as they were written; an empty text was not given.
struct options {
    std::string script;
    std::string milter;
    std::vector<std::string> defines;  ///< NAME=VALUE
    std::string connections;
    std::string messages;
    std::string per_connection;
    std::string rate;
    std::string ramp;
    std::string duration;
    std::string size;
    std::string recipients;
    std::string headers;
    std::string think;
    std::string dialect;
    std::string seed;
    std::string threads;
    std::string json;
    std::string expected_rate;
    std::string expected_p99;
    bool verbose = false;
};

/// What a load is to be. All numbers are within bounds.
class plan {
public:
    using duration = std::chrono::microseconds;

    std::size_t connections = 10;
    std::optional<std::uint64_t> messages;        ///< of all connections; unbounded if only a time is given
    std::optional<std::uint64_t> per_connection;  ///< the connection is made anew after so many
    std::optional<double> rate;                   ///< messages a second; without it each waits for the last
    duration ramp{};
    std::optional<duration> time;
    std::size_t least_size = 4096, greatest_size = 4096;
    std::size_t recipients = 1;
    std::size_t headers = 5;
    duration think{};
    run::dialect const* as = &run::dialects().front();
    std::uint32_t seed = 1;
    std::size_t threads = 1;
    std::optional<double> expected_rate;
    std::optional<duration> expected_p99;
};

/// Returns the plan. Throws `std::runtime_error` that names the option, what is wrong and what is right.
plan read_plan(options const& wanted);

}  // namespace testmta::load
