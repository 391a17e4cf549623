#include "script/dialect.hpp"

#include <array>

namespace testmta::run {

namespace {

constexpr core::macro_row plain_macros[] = {
    {core::command::connect, "j _ {daemon_name}"},
    {core::command::mail, "i {mail_addr}"},
    {core::command::rcpt, "{rcpt_addr}"},
    {core::command::end_of_message, "i"},
};

core::mta_dialect plain_dialect() {
    auto as = core::sendmail();
    as.name = "plain";
    as.macros.defaults = plain_macros;
    as.macros.end_of_message_list = core::macro_rules::end_list::heeded;
    as.spelling.ipv6_address = core::spelling_rules::ipv6::bare;
    as.spelling.unresolved = core::spelling_rules::unknown_client::as_written;
    as.spelling.too_long = core::spelling_rules::oversize::is_sent;
    as.replies.early_progress = core::stance::tolerated;
    as.replies.shutdown = core::stance::tolerated;
    as.replies.percent = core::reply_rules::percent::is_halved;
    return as;
}

}  // namespace

std::span<dialect const> dialects() {
    static std::array const table = {
        dialect{"plain", percent_form::kept, plain_dialect()},
        dialect{"postfix", percent_form::halved, core::postfix()},
        dialect{"sendmail", percent_form::halved, core::sendmail()},
    };
    return table;
}

}  // namespace testmta::run
