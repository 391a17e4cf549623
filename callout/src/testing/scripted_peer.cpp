#include "callout/testing/scripted_peer.hpp"

namespace callout::testing {
namespace {

/// Returns the value of the longest beginning that fits.
template <class Value>
Value const* longest_fit(std::map<std::string, Value> const& among, std::string_view command) {
    std::string_view best;
    Value const* found = nullptr;
    for (auto const& [begin, value] : among) {
        if (!command.starts_with(begin) || begin.size() < best.size()) continue;
        best = begin;
        found = &value;
    }
    return found;
}

}  // namespace

scripted_peer::scripted_peer(std::string greeting) : greeting_(std::move(greeting)) {
    on("EHLO", "250-mx.example.org\r\n250 PIPELINING\r\n").on("HELO", "250 mx.example.org\r\n");
    on("MAIL", "250 2.1.0 ok\r\n")
        .on("RCPT", "250 2.1.5 ok\r\n")
        .on("RSET", "250 ok\r\n")
        .on("QUIT", "221 bye\r\n");
}

scripted_peer& scripted_peer::offer_tls(testing::handshake how, callout::certificate_problem problems) {
    handshake_ = how;
    certificate_ = problems;
    on("EHLO", "250-mx.example.org\r\n250-STARTTLS\r\n250 PIPELINING\r\n").on("STARTTLS", "220 go\r\n");
    return in_tls("EHLO", "250-mx.example.org\r\n250 PIPELINING\r\n");
}

std::string scripted_peer::reply_to(std::string_view command) const {
    auto const* const reply = longest_fit(replies_, command);
    return reply != nullptr ? *reply : "500 what?\r\n";
}

std::string scripted_peer::reply_in_tls(std::string_view command) const {
    auto const* const special = longest_fit(replies_in_tls_, command);
    return special != nullptr ? *special : reply_to(command);
}

std::chrono::milliseconds scripted_peer::delay_of(std::string_view command) const {
    auto const* const delay = longest_fit(delays_, command);
    return delay != nullptr ? *delay : std::chrono::milliseconds(0);
}

}  // namespace callout::testing
