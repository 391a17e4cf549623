#include "sending/additions.hpp"

#include <array>
#include <cstdio>

#include "core/mail_date.hpp"

namespace submission::sending {

message::additions make_additions(message const& what, callout::helo_name const& by, callout::system_time now,
                                  callout::random& chance) {
    std::array<char, 40> unique{};
    auto const high = static_cast<unsigned long long>(chance.next());
    auto const low = static_cast<unsigned long long>(chance.next());
    std::snprintf(unique.data(), unique.size(), "%016llx%016llx", high, low);
    message::additions made;
    made.date = "Date: " + callout::core::mail_date(now) + "\r\n";
    auto const& host = what.sender ? what.sender->domain() : by.text();
    made.message_id = "Message-Id: <" + std::string(unique.data()) + '@' + host + ">\r\n";
    if (what.sender) made.from = "From: <" + what.sender->address() + ">\r\n";
    return made;
}

}  // namespace submission::sending
