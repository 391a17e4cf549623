#include "milterproto/core/mta/mta_dialect.hpp"

#include <limits>

namespace milterproto::core {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view tls = "{tls_version} {cipher} {cipher_bits} {cert_subject} {cert_issuer}";

constexpr macro_row postfix_macros[] = {
    {command::connect, "j {daemon_name} {daemon_addr} v _"},
    {command::helo, tls},
    {command::mail, "i {auth_type} {auth_authen} {auth_author} {mail_addr} {mail_host} {mail_mailer}"},
    {command::rcpt, "i {rcpt_addr} {rcpt_host} {rcpt_mailer}"},
    {command::data, "i"},
    {command::header, "i"},
    {command::end_of_headers, "i"},
    {command::body, "i"},
    {command::end_of_message, "i"},
    {command::unknown, ""},
};

constexpr macro_row sendmail_macros[] = {
    {command::connect, "j _ {daemon_name} {if_name} {if_addr}"},
    {command::helo, tls},
    {command::mail,
     "i {auth_type} {auth_authen} {auth_ssf} {auth_author} {mail_mailer} {mail_host} {mail_addr}"},
    {command::rcpt, "{rcpt_mailer} {rcpt_host} {rcpt_addr}"},
    {command::end_of_message, "{msg_id}"},
};

constexpr mta_dialect newest_postfix = {
    .name = "postfix",
    .negotiation =
        {
            .offer = {newest_version, action::all, step::all},
            .greatest_version = newest_version,
            .unoffered_steps = stance::tolerated,
        },
    .macros =
        {
            .defaults = postfix_macros,
            .queue_id = macro_rules::id::from_second_recipient,
            .lists = macro_rules::reach::whole_content,
            .empty_list = macro_rules::empty::defaults,
            .unknown_stage = macro_rules::stranger::is_skipped,
            .names_in_list = std::numeric_limits<std::size_t>::max(),
            .end_of_message_list = macro_rules::end_list::heeded,
        },
    .order =
        {
            .at_message_end = order_rules::message_end::aborts,
            .at_greeting = order_rules::greeting::abort_after,
            .of_greeting = order_rules::reset::aborts,
            .of_message = order_rules::opening::by_any_sender,
            .when_accepted = order_rules::leaving::drops,
            .when_refused_at_connect = order_rules::leaving::drops,
            .when_refused_at_helo = order_rules::leaving::drops,
            .when_client_drops_in_content = order_rules::leaving::quits,
            .discarded_at_connect = order_rules::discarded::has_no_meaning,
        },
    .spelling =
        {
            .ipv6_address = spelling_rules::ipv6::bare,
            .unknown = spelling_rules::unknown_command::first_word,
            .unresolved = spelling_rules::unknown_client::bracketed_address,
            .too_long = spelling_rules::oversize::is_sent,
        },
    .replies =
        {
            .stray_payload = stance::refused,
            .early_progress = stance::tolerated,
            .early_quarantine = stance::tolerated,
            .shutdown = stance::tolerated,
            .split_body = stance::refused,
            .trailing_argument = stance::refused,
            .skip_before_content = reply_rules::skip::silences_command,
            .percent = reply_rules::percent::is_halved,
            .malformed_text = reply_rules::malformed::disables_filter,
            .unlike_classes = stance::refused,
        },
    .edits =
        {
            .added_header = edit_rules::place::at_end,
            .deleted_header = edit_rules::count::renumbers,
            .changed_name = edit_rules::name::as_sent,
            .new_body_not_agreed = edit_rules::unasked::is_carried_out,
            .own_defaults = edit_rules::own_fields::are_shown,
            .recipient = edit_rules::repeated::is_added_again,
            .of_addresses = edit_rules::arguments::only_for_notifications,
        },
    .texts =
        {
            .text_at_connect = response_texts::at_connect::is_kept,
            .greeting_refused = "554 Not accepting connections",
            .refused_after_greeting = "550 5.7.1 Command rejected",
            .refused_after_helo = "550 5.7.1 Command rejected",
            .refused = "550 5.7.1 Command rejected",
            .content_refused = "550 5.7.1 Command rejected",
            .deferred = "451 4.7.1 Service unavailable - try again later",
            .failure_refused = "550 5.5.0 Service unavailable",
            .failure_deferred = "451 4.7.1 Service unavailable - try again later",
            .failure_shutdown = "421 4.7.1 Service unavailable - try again later",
            .bad_reply = "451 4.3.5 Server configuration problem - try again later",
        },
    .timeouts = {.connect = 30s, .write = 30s, .command = 30s, .content = 300s, .end_of_message = {}},
    .failure = {failure_action::tempfail, failure_rules::scope::this_command},
    .sockets = socket_form::transport_endpoint,
};

constexpr mta_dialect newest_sendmail = {
    .name = "sendmail",
    .negotiation =
        {
            .offer = {newest_version, action::all, step::all},
            .greatest_version = 0x01000001,  // its check compares with the wrong constant (peculiarity D15)
            .unoffered_steps = stance::refused,
        },
    .macros =
        {
            .defaults = sendmail_macros,
            .queue_id = macro_rules::id::from_mail,
            .lists = macro_rules::reach::own_stage,
            .empty_list = macro_rules::empty::no_macros,
            .unknown_stage = macro_rules::stranger::ends_lists,
            .names_in_list = 50,
            .end_of_message_list = macro_rules::end_list::needs_end_of_headers,
        },
    .order =
        {
            .at_message_end = order_rules::message_end::silent,
            .at_greeting = order_rules::greeting::abort_first,
            .of_greeting = order_rules::reset::silent,
            .of_message = order_rules::opening::by_agreed_sender,
            .when_accepted = order_rules::leaving::quits,
            .when_refused_at_connect = order_rules::leaving::quits,
            .when_refused_at_helo = order_rules::leaving::waits,
            .when_client_drops_in_content = order_rules::leaving::drops,
            .discarded_at_connect = order_rules::discarded::ends_filtering,
        },
    .spelling =
        {
            .ipv6_address = spelling_rules::ipv6::labelled,
            .unknown = spelling_rules::unknown_command::whole_line,
            .unresolved = spelling_rules::unknown_client::bracketed_address,
            .too_long = spelling_rules::oversize::fails_filter,
        },
    .replies =
        {
            .stray_payload = stance::tolerated,
            .early_progress = stance::refused,
            .early_quarantine = stance::refused,
            .shutdown = stance::refused,
            .split_body = stance::tolerated,
            .trailing_argument = stance::tolerated,
            .skip_before_content = reply_rules::skip::parks_filter,
            .percent = reply_rules::percent::spoils_reply,
            .malformed_text = reply_rules::malformed::takes_default_text,
            .unlike_classes = stance::tolerated,
        },
    .edits =
        {
            .added_header = edit_rules::place::before_namesake,
            .deleted_header = edit_rules::count::keeps_place,
            .changed_name = edit_rules::name::as_it_was,
            .new_body_not_agreed = edit_rules::unasked::spoils_message,
            .own_defaults = edit_rules::own_fields::are_hidden_and_replaced,
            .recipient = edit_rules::repeated::is_there_already,
            .of_addresses = edit_rules::arguments::are_all_taken,
        },
    .texts =
        {
            .text_at_connect = response_texts::at_connect::is_lost,
            .greeting_refused = "554 Not accepting messages",
            .refused_after_greeting = "550 5.0.0 Command rejected",
            .refused_after_helo = "550 Command rejected",
            .refused = "550 5.7.1 Command rejected",
            .content_refused = "554 5.7.1 Command rejected",
            .deferred = "451 4.3.2 Please try again later",
            .failure_refused = "554 5.7.1 Command rejected",
            .failure_deferred = "451 4.3.2 Please try again later",
            .failure_shutdown = "421 4.3.2 Please try again later",
            .bad_reply = "554 5.7.1 Command rejected",
        },
    .timeouts = {.connect = 300s, .write = 10s, .command = 10s, .content = 10s, .end_of_message = 300s},
    .failure = {failure_action::accept, failure_rules::scope::later_commands},
    .sockets = socket_form::port_at_host,
};

}  // namespace

mta_dialect postfix(std::uint32_t version) noexcept {
    auto dialect = newest_postfix;
    auto& offer = dialect.negotiation.offer;
    switch (version) {
        case 2: offer.steps = 0x7f; break;
        case 3: offer.steps = 0x17f; break;
        case 4: offer.steps = 0x37f; break;
        default: return dialect;
    }
    // All nine actions are announced whatever the version (peculiarity D43).
    offer.version = dialect.negotiation.greatest_version = version;
    return dialect;
}

mta_dialect sendmail() noexcept {
    return newest_sendmail;
}

}  // namespace milterproto::core
