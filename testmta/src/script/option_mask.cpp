#include "script/option_mask.hpp"

#include <sstream>

#include "milterproto/core/wire/message.hpp"

namespace testmta::run {

namespace {

namespace core = milterproto::core;

constexpr option_name actions[] = {
    {"add-header", core::action::add_headers},       {"replace-body", core::action::change_body},
    {"add-rcpt", core::action::add_recipients},      {"delete-rcpt", core::action::delete_recipients},
    {"change-header", core::action::change_headers}, {"quarantine", core::action::quarantine},
    {"change-from", core::action::change_sender},    {"add-rcpt-par", core::action::add_recipient_args},
    {"symbol-lists", core::action::symbol_lists},
};

constexpr option_name steps[] = {
    {"no-connect", core::step::no_connect},
    {"no-helo", core::step::no_helo},
    {"no-mail", core::step::no_mail},
    {"no-rcpt", core::step::no_rcpt},
    {"no-body", core::step::no_body},
    {"no-header", core::step::no_headers},
    {"no-eoh", core::step::no_end_of_headers},
    {"no-reply-header", core::step::no_reply_header},
    {"no-unknown", core::step::no_unknown},
    {"no-data", core::step::no_data},
    {"skip", core::step::skip},
    {"rejected-rcpt", core::step::rejected_recipients},
    {"no-reply-connect", core::step::no_reply_connect},
    {"no-reply-helo", core::step::no_reply_helo},
    {"no-reply-mail", core::step::no_reply_mail},
    {"no-reply-rcpt", core::step::no_reply_rcpt},
    {"no-reply-data", core::step::no_reply_data},
    {"no-reply-unknown", core::step::no_reply_unknown},
    {"no-reply-eoh", core::step::no_reply_end_of_headers},
    {"no-reply-body", core::step::no_reply_body},
    {"leading-space", core::step::header_leading_space},
    {"chunks-256k", core::step::chunks_256k},
    {"chunks-1m", core::step::chunks_1m},
};

}  // namespace

std::span<option_name const> action_names() {
    return actions;
}

std::span<option_name const> step_names() {
    return steps;
}

std::string name_bits(std::uint32_t bits, std::span<option_name const> names) {
    std::string text;
    auto const add = [&](std::string_view word) { text.append(text.empty() ? "" : " ").append(word); };
    for (auto const& one : names) {
        if ((bits & one.bits) == one.bits) add(one.name);
        bits &= ~one.bits;
    }
    if (bits == 0) return text.empty() ? "none" : text;
    std::ostringstream rest;
    rest << "0x" << std::hex << bits;
    add(rest.str());
    return text;
}

}  // namespace testmta::run
