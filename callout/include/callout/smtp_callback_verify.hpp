#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "callout/engine.hpp"

namespace callout {

/// What Momentum's scripts see of a verification.
class callback_answer {
public:
    callback_answer() {}
    std::string_view status;  ///< "pass", "fail", "transient", "error"
    std::string message;      ///< the complete reply of the peer, or the reason in our words
    verification details;     ///< including what the scripts do not see
};

/// Momentum's `smtp_callback_verify(address [, sender])`: asks the address's own servers. `sender` is what
/// MAIL FROM has, for this call alone; without it the engine's own senders are tried, `<>` first. A text that
/// is not a valid address is answered too: `fail` if its domain cannot exist, else `error`.
[[nodiscard]] boost::asio::awaitable<callback_answer> smtp_callback_verify(engine& with, std::string address,
                                                                           std::optional<std::string> sender,
                                                                           steady_time until);

}  // namespace callout
