#include "bridge/whole_reply.hpp"

#include <algorithm>
#include <string>

#include "milterproto/core/mta/reply_text.hpp"

namespace testmta::bridge {

smtpserver::reply reply_from(std::string_view whole) {
    constexpr std::size_t code_and_mark = 4;
    std::string text;
    for (auto rest = whole; !rest.empty();) {
        auto const line = rest.substr(0, rest.find("\r\n"));
        rest.remove_prefix(std::min(rest.size(), line.size() + 2));
        if (!text.empty()) text += '\n';
        text += line.substr(std::min(line.size(), code_and_mark));
    }
    return smtpserver::reply::without_status(milterproto::core::reply_code(whole), text);
}

}  // namespace testmta::bridge
