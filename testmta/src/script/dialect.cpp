#include "script/dialect.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "text/keywords.hpp"

namespace testmta::run {

namespace {

constexpr core::macro_row plain_macros[] = {
    {core::command::connect, "j _ {daemon_name}"},
    {core::command::mail, "i {mail_addr}"},
    {core::command::rcpt, "{rcpt_addr}"},
    {core::command::end_of_message, "i"},
};

core::mta_dialect plain_dialect(std::string_view name) {
    auto as = core::sendmail();
    as.name = name;
    as.macros.defaults = plain_macros;
    as.macros.end_of_message_list = core::macro_rules::end_list::heeded;
    as.spelling.ipv6_address = core::spelling_rules::ipv6::bare;
    as.spelling.unresolved = core::spelling_rules::unknown_client::as_written;
    as.spelling.too_long = core::spelling_rules::oversize::is_sent;
    as.edits.added_header = core::edit_rules::place::at_end;
    as.edits.deleted_header = core::edit_rules::count::renumbers;
    as.replies.early_progress = core::stance::tolerated;
    as.replies.shutdown = core::stance::tolerated;
    as.replies.percent = core::reply_rules::percent::is_halved;
    return as;
}

/// An older MTA, of which there is no trace left to compare with: it offers what its version knew.
core::mta_dialect older_dialect(std::string_view name, core::option_set offer) {
    auto as = plain_dialect(name);
    as.negotiation.offer = offer;
    as.negotiation.greatest_version = offer.version;
    return as;
}

}  // namespace

std::span<dialect const> dialects() {
    static std::array const table = {
        dialect{"plain", percent_form::kept, plain_dialect("plain")},
        dialect{"postfix", percent_form::halved, core::postfix()},
        dialect{"sendmail", percent_form::halved, core::sendmail()},
        dialect{"v2", percent_form::halved, older_dialect("v2", {2, 0x1f, 0x7f})},
        dialect{"v3", percent_form::halved, older_dialect("v3", {3, 0x3f, 0x17f})},
        dialect{"v4", percent_form::halved, older_dialect("v4", {4, 0x3f, 0x37f})},
        dialect{"v6", percent_form::kept, plain_dialect("v6")},
    };
    return table;
}

dialect const* find_dialect(std::string_view name) {
    auto const found = std::ranges::find(dialects(), name, &dialect::name);
    return found != dialects().end() ? &*found : nullptr;
}

std::string list_dialects() {
    std::vector<std::string_view> names;
    for (auto const& one : dialects()) names.push_back(one.name);
    return text::list_possible(names);
}

}  // namespace testmta::run
