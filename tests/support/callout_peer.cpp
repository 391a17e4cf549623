#include "callout_peer.hpp"

namespace test {

callout_peer::callout_peer(std::string greeting) : greeting_(std::move(greeting)) {
    on("EHLO", "250-mx.example.org\r\n250 PIPELINING\r\n").on("HELO", "250 mx.example.org\r\n");
    on("MAIL", "250 2.1.0 ok\r\n")
        .on("RCPT", "250 2.1.5 ok\r\n")
        .on("RSET", "250 ok\r\n")
        .on("QUIT", "221 bye\r\n");
}

callout_peer& callout_peer::offer_tls(test::handshake how, callout::certificate_problem problems) {
    handshake_ = how;
    certificate_ = problems;
    on("EHLO", "250-mx.example.org\r\n250-STARTTLS\r\n250 PIPELINING\r\n").on("STARTTLS", "220 go\r\n");
    return in_tls("EHLO", "250-mx.example.org\r\n250 PIPELINING\r\n");
}

std::string callout_peer::reply_to(std::string_view command) const {
    return find(replies_, command).value_or("500 what?\r\n");
}

std::string callout_peer::reply_in_tls(std::string_view command) const {
    auto const special = find(replies_in_tls_, command);
    return special ? *special : reply_to(command);
}

/// The longest beginning that fits decides.
std::optional<std::string> callout_peer::find(replies const& among, std::string_view command) {
    std::string_view best;
    std::optional<std::string> reply;
    for (auto const& [begin, text] : among) {
        if (!command.starts_with(begin) || begin.size() < best.size()) continue;
        best = begin;
        reply = text;
    }
    return reply;
}

}  // namespace test
