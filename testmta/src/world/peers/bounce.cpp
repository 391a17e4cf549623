#include "world/peers/bounce.hpp"

#include <algorithm>

namespace testmta::world {

namespace {

constexpr std::string_view boundary = "=_testmta_world_bounce";

/// Returns the head of the message, at most 64 KiB of it, with lines that a reader cannot take for a part's
/// end.
std::string head_of(std::string_view content) {
    constexpr std::size_t longest = 64 * 1024;
    auto head = std::string(content.substr(0, std::min(content.find("\r\n\r\n"), longest)));
    for (auto at = head.find(boundary); at != std::string::npos; at = head.find(boundary, at))
        head.replace(at, boundary.size(), "=_another_boundary");
    return head;
}

}  // namespace

std::string make_bounce(received_message const& of, std::string const& host) {
    std::string text =
        "From: Mail Delivery System <MAILER-DAEMON@" + host + ">\r\nTo: <" + of.sender + ">\r\n";
    text +=
        "Subject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\nMIME-Version: "
        "1.0\r\n";
    text.append("Content-Type: multipart/report; report-type=delivery-status;\r\n boundary=\"")
        .append(boundary);
    text.append("\"\r\n\r\n--").append(boundary);
    text +=
        "\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nYour message could not be delivered "
        "to:\r\n\r\n";
    for (auto const& one : of.recipients) text += "    " + one + "\r\n";
    text.append("\r\n--").append(boundary).append("\r\nContent-Type: message/delivery-status\r\n\r\n");
    text += "Reporting-MTA: dns; " + host + "\r\n";
    for (auto const& one : of.recipients)
        text += "\r\nFinal-Recipient: rfc822; " + one + "\r\nAction: failed\r\nStatus: 5.1.1\r\n";
    text.append("\r\n--").append(boundary).append("\r\nContent-Type: text/rfc822-headers\r\n\r\n");
    text.append(head_of(of.content)).append("\r\n--").append(boundary).append("--\r\n");
    return text;
}

}  // namespace testmta::world
