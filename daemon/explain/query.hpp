#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/json/fwd.hpp>
#include <optional>
#include <string>

#include "callout/doors/clock.hpp"
#include "callout/request.hpp"
#include "explain/explanation.hpp"
#include "policy/judge.hpp"

namespace vouchd {

/// What `explain` and `verify` ask about an address, of the running daemon or of an engine of their own.
class query {
public:
    query() {}
    std::string address;
    std::string client;     ///< an IP address, or empty
    std::string recipient;  ///< whom the sender writes to, or empty
    bool authenticated = false;
    callout::cache_use cache = callout::cache_use::normal;
};

/// Returns why it cannot be put: a text is not UTF-8, or too long for any address.
std::optional<std::string> objection(query const& put);

/// Returns the query as the control socket carries it.
boost::json::object to_json(query const& put);
/// Returns the query that the document carries, or nothing if it carries none.
std::optional<query> query_from(boost::json::value const& document);

/// Decides about the address as the judge would about a message, and explains that. Takes as long as the soft
/// phases allow, at most milter.reply_budget.
boost::asio::awaitable<explanation> answer(query put, judge by, callout::clock& clock);

}  // namespace vouchd
