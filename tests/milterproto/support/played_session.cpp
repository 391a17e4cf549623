#include "played_session.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <sstream>

#include "escapes.hpp"
#include "milterproto/core/wire/codec.hpp"

namespace milterproto::test {

namespace {

using namespace std::string_literals;

struct in_words {
    static std::string list(std::string_view first, std::string_view path,
                            std::span<std::string_view const> parameters) {
        auto text = std::string(first) + ' ' + escape(path);
        for (auto const& one : parameters) text += ' ' + escape(one);
        return text;
    }
    std::string operator()(core::need_input const&) const { return "need input"; }
    std::string operator()(core::turn_over const&) const { return "turn over"; }
    std::string operator()(core::negotiate_event const& e) const {
        std::ostringstream text;
        auto const& offered = e.what->offered();
        text << "negotiate " << offered.version << std::hex << ' ' << offered.actions << ' ' << offered.steps;
        return text.str();
    }
    std::string operator()(connect_event const& e) const {
        auto text = "connect " + escape(e.hostname) + ' ' + static_cast<char>(e.family);
        if (e.family != core::family::unknown) text += ' ' + std::to_string(e.port) + ' ' + escape(e.address);
        return text;
    }
    std::string operator()(helo_event const& e) const { return trimmed("helo " + escape(e.name)); }
    std::string operator()(mail_event const& e) const { return list("mail", e.path, e.parameters); }
    std::string operator()(rcpt_event const& e) const { return list("rcpt", e.path, e.parameters); }
    std::string operator()(data_event const&) const { return "data"; }
    std::string operator()(header_event const& e) const {
        return trimmed("header " + escape(e.name) + ' ' + escape(e.value));
    }
    std::string operator()(eoh_event const&) const { return "eoh"; }
    std::string operator()(body_event const& e) const { return "body " + escape(e.chunk); }
    std::string operator()(eom_event const&) const { return "eom"; }
    std::string operator()(unknown_event const& e) const { return "unknown " + escape(e.line); }
    std::string operator()(core::abort_event const&) const { return "abort"; }
    std::string operator()(core::close_event const& e) const {
        return e.cause ? "close: " + e.cause.message() : "close";
    }
    std::string operator()(core::finished const&) const { return "finished"; }

    static std::string trimmed(std::string text) {
        text.erase(text.find_last_not_of(' ') + 1);
        return text;
    }
};

std::string options_in_words(std::string_view payload) {
    auto const options = core::decode_options(payload);
    std::ostringstream text;
    text << "O " << std::dec << options->version << std::hex << ' ' << options->actions << ' '
         << options->steps;
    auto const lists = core::decode_symbol_lists(payload);
    for (auto const& list : *lists) text << ' ' << list.stage << ":\"" << list.names << '"';
    return text.str();
}

std::string reply_in_words(core::frame const& reply) {
    if (reply.letter == 'O') return options_in_words(reply.payload);
    auto payload = reply.payload;
    if (payload.ends_with('\0')) payload.remove_suffix(1);
    return payload.empty() ? std::string(1, reply.letter) : reply.letter + " "s + escape(payload);
}

result<void> perform(core::edits& now, std::string_view edit) {
    auto rest = without_outcome(edit);
    auto const what = take_word(rest);
    if (what == "progress") return now.progress();
    if (what == "replace_body") return now.replace_body(unescape(rest));
    if (what == "quarantine") return now.quarantine(unescape(rest));
    if (what == "change_sender") return now.change_sender(unescape(rest));
    if (what == "add_recipient") return now.add_recipient(unescape(rest));
    if (what == "remove_recipient") return now.remove_recipient(unescape(rest));
    auto const index = what == "add_header" ? 0 : number(take_word(rest), 10);
    auto const name = unescape(take_word(rest));
    if (what == "add_header") return now.add_header(name, unescape(rest));
    if (what == "insert_header") return now.insert_header(index, name, unescape(rest));
    if (what == "change_header") return now.change_header(name, index, unescape(rest));
    if (what == "remove_header") return now.remove_header(name, index);
    ADD_FAILURE() << "not an edit: " << edit;
    return {};
}

/// Where no script says what the filter does, it leaves nothing out that might leave a trace.
part do_all_at(core::filter_event const& event) {
    part says;
    if (std::holds_alternative<body_event>(event)) says.verdict = "s";
    if (!std::holds_alternative<eom_event>(event)) return says;
    for (auto const* edit : {"replace_body before", "add_header X-Before yes", "insert_header 0 X-Before yes",
                             "change_header 1 X-Before no", "remove_header 1 X-Before",
                             "change_sender <before@example.org>", "add_recipient <before@example.org>",
                             "remove_recipient <b@example.org>", "quarantine before", "progress"})
        says.deeds.push_back({'+', edit});
    return says;
}

bool is_answered(core::filter_event const& event) {
    return !std::holds_alternative<core::abort_event>(event) &&
           !std::holds_alternative<core::close_event>(event);
}

}  // namespace

void played_session::say(std::string_view text) {
    if (is_ending(text)) {
        end(ending_of(text));
    } else {
        feed(bytes_of(text));
    }
}

void played_session::feed(std::string_view bytes) {
    auto const room = session_.input(std::max<std::size_t>(bytes.size(), 1));
    std::memcpy(room.data(), bytes.data(), bytes.size());
    session_.received(bytes.size());
    drain();
}

void played_session::end(errc why) {
    session_.fail(why);
    drain();
}

void played_session::begin_again(std::string_view bytes_before, std::size_t event) {
    is_scripted_ = false;
    if (!bytes_before.empty()) feed(bytes_before);
    is_scripted_ = true;
    events_ = event;
    seen_.clear();
}

void played_session::drain() {
    while (!finished_) {
        auto const event = session_.next();
        take_output();
        if (std::holds_alternative<core::need_input>(event)) return;
        if (std::holds_alternative<core::turn_over>(event)) continue;
        finished_ = std::holds_alternative<core::finished>(event);
        show(event);
    }
}

void played_session::show(core::filter_event const& event) {
    auto const says = is_scripted_ ? script_.part_at(events_++) : do_all_at(event);
    auto text = "! " + std::visit(in_words{}, event);
    std::string deeds;
    for (auto const& deed : says.deeds) deeds += deed.arrow == '?' ? look_up(deed.text) : change(deed.text);
    if (!finished_ && is_answered(event)) text += answer(says.verdict);
    note(text + deeds);
    take_output();
}

std::string played_session::look_up(std::string_view text) const {
    auto const name = take_word(text);
    auto const value = session_.macros().find(name);
    return "\n? " + std::string(name) + (value ? ' ' + escape(*value) : "");
}

std::string played_session::change(std::string_view text) {
    auto const made = perform(session_.changes(), text);
    auto const outcome = made ? "" : " => " + made.error().message();
    return "\n+ " + std::string(without_outcome(text)) + outcome;
}

std::string played_session::answer(std::string const& verdict) {
    std::string_view reply = verdict;
    auto const code = static_cast<core::answer>(take_word(reply).front());
    auto const outcome = session_.answer(code, reply);
    if (verdict == "c") return {};
    auto const text = " => " + verdict;
    if (outcome == core::answered::sent) return text;
    return text + (outcome == core::answered::suppressed ? " (suppressed)" : " (converted)");
}

void played_session::take_output() {
    auto const output = std::string(session_.output());
    session_.sent();
    core::frame_reader reader;
    std::memcpy(reader.prepare(output.size() + 1).data(), output.data(), output.size());
    reader.commit(output.size());
    for (auto reply = reader.next(); *reply; reply = reader.next()) note("< " + reply_in_words(**reply));
    EXPECT_FALSE(reader.mid_frame()) << "half a frame was sent";
}

}  // namespace milterproto::test
