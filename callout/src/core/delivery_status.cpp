#include "callout/delivery_status.hpp"

#include <algorithm>
#include <array>

#include "core/mail_date.hpp"

namespace callout {
namespace {

struct action_row {
    callout::status of;
    std::string_view action;
    char status_class;
};
/// A refusal of us is an error and may end while the address stays: it delays, and says nothing against the
/// address.
constexpr auto actions = std::to_array<action_row>({
    {status::pass, "deliverable", '2'},
    {status::fail, "failed", '5'},
    {status::transient, "delayed", '4'},
    {status::error, "delayed", '4'},
});

struct detail_row {
    callout::reason why;
    std::string_view detail;
};
/// Subject and detail where the peer gave none, after RFC 3463 3.
constexpr auto details = std::to_array<detail_row>({
    {reason::accepted, "1.5"},
    {reason::forwarded, "1.5"},
    {reason::unverified, "1.5"},
    {reason::via_backup, "1.5"},
    {reason::no_mailbox, "1.1"},
    {reason::disabled, "2.1"},
    {reason::not_local, "1.6"},
    {reason::relay_denied, "1.2"},
    {reason::mailbox_full, "2.2"},
});

std::string detail_of(verification const& v) {
    // A text of ours begins as a reply does: "450 4.4.1 ...".
    constexpr std::size_t after_code = 4;
    auto enhanced = v.reply ? v.reply->enhanced : std::nullopt;
    if (!v.reply && v.message.size() > after_code)
        enhanced = core::parse_enhanced_code(std::string_view(v.message).substr(after_code));
    if (enhanced) return std::to_string(enhanced->subject) + '.' + std::to_string(enhanced->detail);
    auto const found = std::ranges::find(details, v.reason, &detail_row::why);
    return std::string(found == details.end() ? "0.0" : found->detail);
}

void add_field(std::string& text, std::string_view name, std::string_view value) {
    if (value.empty()) return;
    text.append(name).append(": ");
    for (char const c : value) {
        text += c;
        if (c == '\n') text += "    ";
    }
    text.append("\r\n");
}

}  // namespace

delivery_status::delivery_status(verification const& v, mailbox const& whom, system_time asked)
    : final_recipient((whom.needs_smtputf8() ? "utf-8; " : "rfc822; ") + whom.address()),
      remote_mta(v.host.empty() ? std::string() : "dns; " + v.host),
      diagnostic_code((v.reply ? "smtp; " : "x-vouch; ") + v.message),
      last_attempt_date(core::mail_date(asked)) {
    auto const& row = *std::ranges::find(actions, v.status, &action_row::of);
    action = row.action;
    status = std::string(1, row.status_class) + '.' + detail_of(v);
}

std::string delivery_status::text() const {
    std::string all;
    add_field(all, "Final-Recipient", final_recipient);
    add_field(all, "Action", action);
    add_field(all, "Status", status);
    add_field(all, "Remote-MTA", remote_mta);
    add_field(all, "Diagnostic-Code", diagnostic_code);
    add_field(all, "Last-Attempt-Date", last_attempt_date);
    return all;
}

}  // namespace callout
