#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "milterproto/core/wire/message.hpp"

/// How an MTA speaks to its filters, as a value: what Postfix and Sendmail do differently is data here, and
/// not code in the machines that read it (milter-protocol.md 3.3, 3.4, 4.3, 5.7, 6, 7, 8 and 10).
namespace milterproto::core {

/// How something is treated that the protocol does not foresee.
enum class stance { refused, tolerated };

/// The macros that go with a command unless the filter asks for others.
struct macro_row {
    command with;
    std::string_view names;  ///< separated by blanks; if empty, an empty frame is sent all the same
};

struct macro_rules {
    std::span<macro_row const> defaults;
    enum class id { from_mail, from_second_recipient } queue_id;
    /// Whether a list for the end of headers also goes with each header, and one for the end of the message
    /// with each piece of body.
    enum class reach { own_stage, whole_content } lists;
    enum class empty { no_macros, defaults } empty_list;
    /// Whether a list for an unknown stage is skipped, or the rest is not read.
    enum class stranger { is_skipped, ends_lists } unknown_stage;
    std::size_t names_in_list;  ///< a longer list is dropped
    /// Sendmail 8.17 obeys a list for the end of the message only if one for the end of headers came too
    /// (peculiarity D8).
    enum class end_list { heeded, needs_end_of_headers } end_of_message_list;
};

struct negotiation_rules {
    option_set offer;
    std::uint32_t greatest_version;  ///< in the filter's answer; 1 is always refused
    stance unoffered_steps;
};

/// When ABORT and QUIT are sent (5.7).
struct order_rules {
    enum class message_end { silent, aborts } at_message_end;
    enum class greeting { abort_first, abort_after } at_greeting;
    /// Postfix resets an earlier greeting, on the next one and on leaving, and each reset is an abort.
    enum class reset { silent, aborts } of_greeting;
    /// Whether a message is open once a sender was shown, or only when the filter agreed to the sender
    /// (peculiarity D6).
    enum class opening { by_any_sender, by_agreed_sender } of_message;
    enum class leaving {
        quits,  ///< QUIT, and close
        drops,  ///< close without QUIT
        waits,  ///< nothing more is shown, and QUIT comes with the client's
    };
    leaving when_accepted;  ///< at connect or helo
    leaving when_refused_at_connect;
    leaving when_refused_at_helo;
    leaving when_client_drops_in_content;
    enum class discarded { has_no_meaning, ends_filtering } discarded_at_connect;
};

struct spelling_rules {
    enum class ipv6 { bare, labelled } ipv6_address;
    enum class unknown_command { whole_line, first_word } unknown;
    enum class unknown_client { as_written, bracketed_address } unresolved;
    /// Whether a payload over the limit is sent, or ends this filter (1.3).
    enum class oversize { is_sent, fails_filter } too_long;
};

/// What counts as an error in a filter's packets.
struct reply_rules {
    stance stray_payload;   ///< after a reply that has no payload
    stance early_progress;  ///< before the end of the message
    stance early_quarantine;
    stance shutdown;
    stance split_body;         ///< other packets between those of a new body
    stance trailing_argument;  ///< after the one string of "add recipient"
    enum class skip { silences_command, parks_filter } skip_before_content;
    enum class percent { is_halved, spoils_reply } percent;
    enum class malformed { takes_default_text, disables_filter } malformed_text;
    stance unlike_classes;  ///< such as 550 with 4.x.x
};

/// How changes are carried out (7).
struct edit_rules {
    enum class place { at_end, before_namesake } added_header;
    enum class count { renumbers, keeps_place } deleted_header;
    enum class name { as_sent, as_it_was } changed_name;
    enum class unasked { is_carried_out, spoils_message } new_body_not_agreed;
    /// Fields that the MTA adds because the client gave none, such as Date (peculiarity D30).
    enum class own_fields { are_shown, are_hidden_and_replaced } own_defaults;
    enum class repeated { is_added_again, is_there_already } recipient;
    enum class arguments { are_all_taken, only_for_notifications } of_addresses;
};

/// What the SMTP client reads when the filter gives no text.
struct response_texts {
    /// Whether a filter's own text at connect is used later, or only its class (peculiarity D20).
    enum class at_connect { is_kept, is_lost } text_at_connect;
    std::string_view greeting_refused;        ///< at connect
    std::string_view refused_after_greeting;  ///< commands that follow a refusal at connect
    std::string_view refused_after_helo;
    std::string_view refused;          ///< mail, rcpt, data, unknown
    std::string_view content_refused;  ///< header to end of message
    std::string_view deferred;
    std::string_view failure_refused;  ///< the filter has failed, and the action for that is to refuse
    std::string_view failure_deferred;
    std::string_view failure_shutdown;
    std::string_view bad_reply;  ///< used for a text that no client may read, where that disables the filter
};

using mta_clock = std::chrono::steady_clock;

struct mta_timeouts {
    std::chrono::seconds connect;
    std::chrono::seconds write;
    std::chrono::seconds command;                        ///< for each packet of an answer, up to DATA
    std::chrono::seconds content;                        ///< the same after DATA
    std::optional<std::chrono::seconds> end_of_message;  ///< in all, whatever progress is reported
};

/// What happens to mail when the filter fails: Postfix's milter_default_action, the letters of Sendmail's F=.
enum class failure_action { accept, tempfail, reject, quarantine, shutdown };

struct failure_rules {
    failure_action action;
    /// Whether the command at which the filter failed is answered by that, or only those after it (1.3).
    enum class scope { this_command, later_commands } from;
};

/// How an administrator writes where a filter listens (9).
enum class socket_form { transport_endpoint, port_at_host };

class mta_dialect {
public:
    std::string_view name;
    negotiation_rules negotiation;
    macro_rules macros;
    order_rules order;
    spelling_rules spelling;
    reply_rules replies;
    edit_rules edits;
    response_texts texts;
    mta_timeouts timeouts;
    failure_rules failure;
    socket_form sockets;
};

/// Returns Postfix 3.7 with its parameter milter_protocol: 2, 3, 4 or 6. Any other number is read as 6.
mta_dialect postfix(std::uint32_t version = newest_version) noexcept;
/// Returns Sendmail 8.17.
mta_dialect sendmail() noexcept;

}  // namespace milterproto::core
