#include "callout/mailfromd/question.hpp"

#include <algorithm>

#include "callout/mailbox.hpp"
#include "callout/mailfromd/line.hpp"
#include "core/ascii.hpp"

namespace callout::core {
namespace {

constexpr std::size_t most_senders = 10;

struct mode_word {
    std::string_view text;
    host_mode mode;
};
constexpr auto modes = std::to_array<mode_word>({
    {"mxfirst", host_mode::mxfirst},
    {"default", host_mode::mxfirst},
    {"mxonly", host_mode::mxonly},
    {"hostonly", host_mode::hostonly},
    {"hostfirst", host_mode::hostfirst},
});

struct starttls_word {
    std::string_view text;
    starttls_mode mode;
    tls_use use;
};
constexpr auto starttls_modes = std::to_array<starttls_word>({
    {"never", starttls_mode::never, tls_use::never},
    {"ondemand", starttls_mode::ondemand, tls_use::ondemand},
    {"always", starttls_mode::always, tls_use::may},
});

using complaint = std::optional<std::string>;

complaint set_mode(callout_parameters& into, std::string_view value) {
    auto const found =
        std::ranges::find_if(modes, [&](auto const& one) { return same_word(one.text, value); });
    if (found == modes.end()) return "unrecognized value for mode";
    into.hosts.mode = found->mode;
    return {};
}

complaint set_host(callout_parameters& into, std::string_view value) {
    auto host = host_name::parse(value);
    if (!host) return "unrecognized value for host";
    into.hosts.host = *std::move(host);
    return {};
}

complaint set_ehlo(callout_parameters& into, std::string_view value) {
    into.ehlo = ehlo_from(value);
    if (!into.ehlo && !value.empty()) return "unrecognized value for ehlo";
    return {};
}

complaint set_mail_from(callout_parameters& into, std::string_view value) {
    auto senders = mail_from_from(value);
    if (!senders) return "unrecognized value for mailfrom";
    into.mail_from = *std::move(senders);
    return {};
}

complaint set_starttls(callout_parameters& into, std::string_view value) {
    into.starttls = starttls_from(value);
    if (!into.starttls) return "unrecognized value for tls";
    return {};
}

struct parameter {
    std::string_view name;
    complaint (*set)(callout_parameters&, std::string_view);
};
constexpr auto parameters = std::to_array<parameter>({
    {"MODE", set_mode},
    {"HOST", set_host},
    {"EHLO", set_ehlo},
    {"MAILFROM", set_mail_from},
    {"STARTTLS", set_starttls},
});

std::string_view trimmed(std::string_view text) {
    auto const first = text.find_first_not_of(' ');
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

}  // namespace

complaint set_parameter(callout_parameters& into, std::string_view word) {
    if (has_control_character(word)) return "control character in value";
    auto const given = split_assignment(word);
    if (!given) return "syntax error";
    auto const found =
        std::ranges::find_if(parameters, [&](auto const& one) { return same_word(one.name, given->name); });
    if (found == parameters.end()) return "unknown attribute";
    return found->set(into, given->value);
}

complaint objection_to(callout_parameters const& chosen) {
    if (chosen.hosts.mode != host_mode::mxfirst && !chosen.hosts.host) return "mode requires host";
    return {};
}

complaint set_parameters(callout_parameters& into, std::span<std::string const> words) {
    for (auto const& word : words) {
        if (auto wrong = set_parameter(into, word)) return wrong;
    }
    return objection_to(into);
}

result<request> request_for(callout_question const& asked) {
    auto box = mailbox::parse(asked.address);
    if (!box) return box.error();
    request question(*std::move(box));
    auto const& how = asked.how;
    question.hosts = how.hosts;
    bool const is_kept = how.hosts.mode == host_mode::mxfirst || how.hosts.mode == host_mode::hostfirst;
    if (!is_kept) question.cache = cache_use::none;  // as calloutd has it
    question.helo = how.ehlo;
    for (auto const& sender : how.mail_from) {
        auto const address = mailbox::parse(sender);
        question.senders.push_back(address ? reverse_path(*address) : std::nullopt);
    }
    if (how.starttls)
        question.tls = std::ranges::find(starttls_modes, *how.starttls, &starttls_word::mode)->use;
    if (asked.timeouts) {
        auto const& [connect, greeting, helo, mail, rcpt, rset, quit] = *asked.timeouts;
        question.timeouts = phase_timeouts{.connect = connect,
                                           .greeting = greeting,
                                           .helo = helo,
                                           .starttls = helo,
                                           .mail = mail,
                                           .rcpt = rcpt,
                                           .rset = rset,
                                           .quit = quit};
    }
    return question;
}

std::optional<helo_name> ehlo_from(std::string_view text) {
    auto const name = host_name::parse(text);
    if (!name) return std::nullopt;
    return helo_name(*name);
}

std::optional<std::vector<std::string>> mail_from_from(std::string_view text) {
    std::vector<std::string> senders;
    if (trimmed(text).empty()) return senders;
    for (std::size_t begin = 0; begin <= text.size();) {
        auto const end = std::min(text.find(',', begin), text.size());
        auto const one = trimmed(text.substr(begin, end - begin));
        begin = end + 1;
        auto const address = mailbox::parse(one);
        bool const is_null = one == "<>";
        if ((!address && !is_null) || senders.size() == most_senders) return std::nullopt;
        senders.push_back(is_null ? std::string() : address->address());
    }
    return senders;
}

std::optional<starttls_mode> starttls_from(std::string_view text) {
    auto const found =
        std::ranges::find_if(starttls_modes, [&](auto const& one) { return same_word(one.text, text); });
    if (found == starttls_modes.end()) return std::nullopt;
    return found->mode;
}

std::string_view to_string(starttls_mode mode) noexcept {
    return std::ranges::find(starttls_modes, mode, &starttls_word::mode)->text;
}

}  // namespace callout::core
