#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/json/fwd.hpp>
#include <optional>
#include <string>

#include "callout/doors/clock.hpp"
#include "callout/engine.hpp"
#include "config/config.hpp"
#include "explain/explanation.hpp"

namespace vouchd {

/// What `explain` and `verify` ask, of the running daemon or of an engine of their own.
class question {
public:
    question() {}
    std::string address;
    std::string client;     ///< an IP address, or empty
    std::string recipient;  ///< whom the sender writes to, or empty
    bool authenticated = false;
    callout::cache_use cache = callout::cache_use::normal;
};

/// Why it cannot be asked: not UTF-8, or too long for any address.
std::optional<std::string> objection(question const& asked);

/// The question as the control socket carries it, and back; nothing where the JSON is none.
boost::json::object to_json(question const& asked);
std::optional<question> question_from(boost::json::value const& json);

/// Takes as long as the soft phases allow, at most milter.reply_budget.
boost::asio::awaitable<explanation> answer(question asked, config const& values, callout::engine& engine,
                                           callout::clock& clock);

}  // namespace vouchd
