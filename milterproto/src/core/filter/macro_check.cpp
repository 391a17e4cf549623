#include "milterproto/core/filter/macro_check.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace milterproto::core {

namespace {

constexpr std::size_t index_of(macro_stage stage) noexcept {
    return static_cast<std::size_t>(stage);
}

/// The stages in the order of the protocol. "Before" in this file means this order.
constexpr macro_stage in_order[] = {
    macro_stage::connect, macro_stage::helo,           macro_stage::mail,          macro_stage::rcpt,
    macro_stage::data,    macro_stage::end_of_headers, macro_stage::end_of_message};

std::optional<macro_stage> stage_of(filter_event const& event) noexcept {
    if (std::holds_alternative<connect_event>(event)) return macro_stage::connect;
    if (std::holds_alternative<helo_event>(event)) return macro_stage::helo;
    if (std::holds_alternative<mail_event>(event)) return macro_stage::mail;
    if (std::holds_alternative<rcpt_event>(event)) return macro_stage::rcpt;
    if (std::holds_alternative<data_event>(event)) return macro_stage::data;
    if (std::holds_alternative<eoh_event>(event)) return macro_stage::end_of_headers;
    if (std::holds_alternative<eom_event>(event)) return macro_stage::end_of_message;
    return std::nullopt;
}

/// Returns whether the stage must have come with its macros before a later one, even if the filter declined
/// its command. A client need not greet, and MTAs send no macros of headers that were declined.
constexpr bool precedes_for_certain(macro_stage stage) noexcept {
    return stage != macro_stage::helo && stage != macro_stage::end_of_headers;
}

/// What Postfix's smtpd and Sendmail have from connect to DATA; the second list is for every client that came
/// over the network. At the end of headers and of the message another program of Postfix speaks, which knows
/// less.
constexpr std::string_view of_the_mta[] = {"j", "v"};
constexpr std::string_view of_the_client[] = {"_", "daemon_name", "client_addr", "client_name"};

/// All other macros that either has, by their documentation (Sendmail's Installation and Operation Guide,
/// Postfix's MILTER_README).
constexpr std::string_view known[] = {"addr_type",      "alg_bits",
                                      "bodytype",       "client_connections",
                                      "client_flags",   "client_port",
                                      "client_ptr",     "client_rate",
                                      "client_resolve", "cn_issuer",
                                      "cn_subject",     "currHeader",
                                      "daemon_addr",    "daemon_family",
                                      "daemon_flags",   "daemon_info",
                                      "daemon_port",    "deliveryMode",
                                      "dsn_envid",      "dsn_notify",
                                      "dsn_ret",        "envid",
                                      "hdr_name",       "hdrlen",
                                      "if_addr",        "if_addr_out",
                                      "if_family",      "if_family_out",
                                      "if_name",        "if_name_out",
                                      "load_avg",       "mail_addr",
                                      "mail_host",      "mail_mailer",
                                      "msg_id",         "msg_size",
                                      "nbadrcpts",      "nrcpts",
                                      "ntries",         "opMode",
                                      "quarantine",     "queue_interval",
                                      "rcpt_addr",      "rcpt_host",
                                      "rcpt_mailer",    "sendmailMTACluster",
                                      "server_addr",    "server_name",
                                      "time",           "total_rate",
                                      "verify"};

/// Prefixes of macros of authentication, certificates and encryption, in newer versions of either MTA, too.
constexpr std::string_view known_beginnings[] = {"auth_", "cert_", "cipher", "tls_"};

std::string_view without_braces(std::string_view name) noexcept {
    bool const has_braces = name.size() > 2 && name.front() == '{' && name.back() == '}';
    return has_braces ? name.substr(1, name.size() - 2) : name;
}

/// Takes the next name off a list; MTAs accept commas, too.
std::string_view take_name(std::string_view& list) noexcept {
    constexpr std::string_view separators = " \t,";
    list.remove_prefix(std::min(list.find_first_not_of(separators), list.size()));
    auto const name = list.substr(0, list.find_first_of(separators));
    list.remove_prefix(name.size());
    return name;
}

bool is_of_client(std::string_view name) noexcept {
    return std::ranges::find(of_the_client, without_braces(name)) != std::end(of_the_client);
}

}  // namespace

macro_is expectation_of(macro_stage stage, std::string_view name) noexcept {
    auto const bare = without_braces(name);
    bool const in_content = stage == macro_stage::end_of_headers || stage == macro_stage::end_of_message;
    bool const has_id = in_content || stage == macro_stage::data;  // Postfix: from the second recipient on
    if (is_of_client(bare) || std::ranges::find(of_the_mta, bare) != std::end(of_the_mta))
        return in_content ? macro_is::sometimes_there : macro_is::always_there;
    if (bare == "i" && has_id) return macro_is::always_there;
    if (bare == "mail_addr" && stage == macro_stage::mail) return macro_is::always_there;
    if (bare == "rcpt_addr" && stage == macro_stage::rcpt) return macro_is::always_there;
    bool const is_known =
        bare.size() == 1 || std::ranges::find(known, bare) != std::end(known) ||
        std::ranges::any_of(known_beginnings, [&](auto begin) { return bare.starts_with(begin); });
    return is_known ? macro_is::sometimes_there : macro_is::unknown;
}

std::vector<missing_macro> macro_check::look(filter_event const& event, filter_session const& session) {
    std::vector<missing_macro> missing;
    if (auto const* peer = std::get_if<connect_event>(&event)) {
        has_address_ = peer->ip.has_value();
        done_.fill(false);
    }
    auto const now = stage_of(event);
    if (!now || done_[index_of(*now)]) return missing;
    for (auto const stage : in_order) {
        bool const is_due = stage == *now || precedes_for_certain(stage);
        if (is_due && !std::exchange(done_[index_of(stage)], true)) {
            auto const& asked = session.wishes().macros[index_of(stage)];
            std::string_view list = asked ? std::string_view(*asked) : std::string_view();
            for (auto name = take_name(list); !name.empty(); name = take_name(list)) {
                if (expectation_of(stage, name) == macro_is::sometimes_there) continue;
                if (is_of_client(name) && !has_address_) continue;
                if (!session.macros().find(name)) missing.push_back({stage, name});
            }
        }
        if (stage == *now) break;
    }
    return missing;
}

}  // namespace milterproto::core
