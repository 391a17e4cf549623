#pragma once

#include <boost/describe/class.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "callout/verification.hpp"
#include "policy/subject.hpp"

namespace vouchd {

/// A verification as logs, documents and people name it: the one place that turns its parts into words.
class described_verdict {
public:
    described_verdict() {}
    std::string result;  ///< of callout::verdict_word
    std::string status, reason, scope, strength;
    std::string message;                  ///< what the server said, or what the engine found
    std::string mx, ip;                   ///< of the server that settled it; empty if none did
    std::optional<int> code;              ///< of the reply that settled it
    std::optional<std::string> enhanced;  ///< "5.1.1"
    std::optional<std::int64_t> retry_after_s;
    std::optional<bool> catch_all;  ///< nothing where it is not known
    bool cached = false;
    std::int64_t age_s = 0;  ///< of a cached answer
    /// What a cached answer is remembered for: "address", "domain" or "host".
    std::optional<std::string> kept_for;
    std::optional<std::string> kept_until;  ///< ISO 8601
    bool said_to_another = false;           ///< the reply was given when another address was asked about
    bool unconfirmed = false;               ///< the name system alone says it, and was asked once
    std::optional<std::string> provenance;  ///< all that in words; known where the subject is
    std::int64_t duration_ms = 0;
};
BOOST_DESCRIBE_STRUCT(described_verdict, (),
                      (result, status, reason, scope, strength, message, mx, ip, code, enhanced,
                       retry_after_s, catch_all, cached, age_s, kept_for, kept_until, said_to_another,
                       unconfirmed, provenance, duration_ms))

described_verdict described(callout::verification const& verified);
/// Returns the same, and of a cached answer also where it comes from, in words.
described_verdict described(callout::verification const& verified, subject const& sender);

}  // namespace vouchd
