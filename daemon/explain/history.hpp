#pragma once

#include <boost/describe/class.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "explain/explanation.hpp"

namespace vouchd {

/// A decision on a message as it was made, before anybody has put it into words.
class past_decision {
public:
    past_decision(std::string of, subject about, std::shared_ptr<decision const> made_,
                  std::chrono::milliseconds took)
        : id(std::move(of)), sender(std::move(about)), made(std::move(made_)), elapsed(took) {}

    std::string id;  ///< of the log's lines about the message
    subject sender;  ///< its queue id is empty as long as it is not known
    std::shared_ptr<decision const> made;
    std::chrono::milliseconds elapsed;
};

/// The same, as the log tells it, and why it was made.
class logged_decision {
public:
    logged_decision() {}
    std::string id;
    std::string qid;  ///< the MTA's queue id; empty as long as it is not known
    std::string client, helo, rcpt;
    std::int64_t elapsed_ms = 0;
    explanation why;
};
BOOST_DESCRIBE_STRUCT(logged_decision, (), (id, qid, client, helo, rcpt, elapsed_ms, why))

/// The last decisions, for a person who found one in the log. They are kept as they were made, and explained
/// when somebody asks: hardly one of them is ever asked about.
class history {
public:
    static constexpr std::size_t most = 200;

    void add(past_decision what);
    /// Notes the queue id of a message, which some MTAs give it only after the decision.
    void queued(std::string_view id, std::string const& qid);
    /// Explains the decisions on one message, in their order, by its id or by its queue id.
    std::vector<logged_decision> find(std::string_view id_or_qid) const;
    std::size_t size() const noexcept { return kept_.size(); }

private:
    std::deque<past_decision> kept_;
};

}  // namespace vouchd
