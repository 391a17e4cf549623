#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "callout/request.hpp"

namespace callout::core {

enum class starttls_mode { never, ondemand, always };

/// Seconds for each phase, in the order of TIMEOUT: connection, initial response, HELO, MAIL, RCPT, RSET,
/// QUIT.
using timeout_seconds = std::array<std::chrono::seconds, 7>;

/// What may be said about one callout besides the address: the parameters of VRFY, and the session's defaults
/// for them, which SET changes.
class callout_parameters {
public:
    callout_parameters() {}
    host_choice hosts;
    std::optional<helo_name> ehlo;
    /// The bare addresses, in the order of trying; "" is the null sender. Empty: the server's own.
    std::vector<std::string> mail_from;
    std::optional<starttls_mode> starttls;
};

/// One address of a queue, with all that was said about it.
class callout_question {
public:
    callout_question(std::uint32_t id_, std::string address_) : id(id_), address(std::move(address_)) {}
    std::uint32_t id;
    std::string address;  ///< as it was written; `mailbox::parse` judges it
    callout_parameters how;
    std::optional<timeout_seconds> timeouts;
};

/// Takes one NAME=VALUE of VRFY: MODE, HOST, EHLO, MAILFROM or STARTTLS, in whatever case. Returns the text
/// to send after NO if that fails.
[[nodiscard]] std::optional<std::string> set_parameter(callout_parameters& into, std::string_view word);
/// Returns what the parameters as a whole lack.
[[nodiscard]] std::optional<std::string> objection_to(callout_parameters const& chosen);
/// Takes all words that follow an address.
[[nodiscard]] std::optional<std::string> set_parameters(callout_parameters& into,
                                                        std::span<std::string const> words);

/// Returns the question as the engine takes it, or what is wrong with the address. An answer of hosts that
/// the asker chose is about them, so it is neither taken from the cache nor kept there.
[[nodiscard]] result<request> request_for(callout_question const& asked);

// The values that SET and VRFY share. Each is nothing if the text is not valid.
std::optional<helo_name> ehlo_from(std::string_view text);
std::optional<std::vector<std::string>> mail_from_from(std::string_view text);
std::optional<starttls_mode> starttls_from(std::string_view text);
std::string_view to_string(starttls_mode mode) noexcept;

}  // namespace callout::core
