#pragma once

#include <boost/describe/class.hpp>
#include <optional>
#include <string>

#include "explain/explanation.hpp"

namespace vouchd {

/// One line of `vouchd verify` (daemon.md 4.3). What is not known has no value.
class verification_record {
public:
    verification_record() {}
    std::string address;  ///< as it was written
    std::optional<std::string> normalized;
    std::optional<std::string> result, reason;
    std::optional<int> code;
    std::optional<std::string> enhanced, reply, mx, ip;
    std::optional<bool> cached;
    std::optional<std::int64_t> age_s;
    std::optional<std::string> kept_until;
    std::optional<bool> said_to_another;
    std::optional<double> duration_s;
    std::optional<bool> catch_all;
    std::optional<std::string> phase;
    std::optional<std::string> error;  ///< why it could not be asked
};
BOOST_DESCRIBE_STRUCT(verification_record, (),
                      (address, normalized, result, reason, code, enhanced, reply, mx, ip, cached, age_s,
                       kept_until, said_to_another, duration_s, catch_all, phase, error))

verification_record record_of(std::string const& written, explanation const& what);

}  // namespace vouchd
