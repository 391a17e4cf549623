#pragma once

#include <cstddef>
#include <optional>
#include <ostream>

#include "milterproto/socket_spec.hpp"

namespace testmta::record {

struct recorder_plan {
    milterproto::socket_spec listen;
    milterproto::socket_spec filter;
    std::optional<unsigned> socket_mode;  ///< of a unix socket
};

/// Stands between MTAs and a filter, passes on every byte of both as it comes, and writes down what passes,
/// until SIGINT or SIGTERM. Returns how many sessions there were. Throws `usage_error` if it cannot listen,
/// and `std::runtime_error` if the recording cannot be written.
std::size_t record(recorder_plan const& plan, std::ostream& to);

}  // namespace testmta::record
