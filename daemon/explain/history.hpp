#pragma once

#include <boost/describe/class.hpp>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "explain/explanation.hpp"

namespace vouchd {

/// A decision on a message, as the log tells it, and why it was made.
class logged_decision {
public:
    logged_decision() {}
    std::string id;   ///< of the log's lines about the message
    std::string qid;  ///< the MTA's queue id; empty as long as it is not known
    std::string client, helo, rcpt;
    std::int64_t elapsed_ms = 0;
    explanation why;
};
BOOST_DESCRIBE_STRUCT(logged_decision, (), (id, qid, client, helo, rcpt, elapsed_ms, why))

/// The last decisions, for a person who found one in the log.
class history {
public:
    static constexpr std::size_t most = 200;

    void add(logged_decision what);
    /// The queue id of a message, which some MTAs give it only after the decision.
    void queued(std::string_view id, std::string const& qid);
    /// Returns the decisions on one message, in their order, by its id or by its queue id.
    std::vector<logged_decision> find(std::string_view id_or_qid) const;

private:
    std::deque<logged_decision> kept_;
};

}  // namespace vouchd
