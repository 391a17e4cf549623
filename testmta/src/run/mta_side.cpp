#include "mta_side.hpp"

#include <algorithm>
#include <array>
#include <sstream>

#include "milterproto/core/codec.hpp"
#include "milterproto/core/protocol_table.hpp"
#include "text/path.hpp"

namespace testmta::run {

namespace {

using core::command;

constexpr std::string_view host_name = "mta.example.test";

struct stage_row {
    core::macro_stage stage;
    command with;
};
constexpr stage_row stage_rows[] = {
    {core::macro_stage::connect, command::connect},
    {core::macro_stage::helo, command::helo},
    {core::macro_stage::mail, command::mail},
    {core::macro_stage::rcpt, command::rcpt},
    {core::macro_stage::data, command::data},
    {core::macro_stage::end_of_message, command::end_of_message},
    {core::macro_stage::end_of_headers, command::end_of_headers},
};

std::string hex(std::uint32_t number) {
    std::ostringstream out;
    out << "0x" << std::hex << number;
    return out.str();
}

std::string_view domain_of(std::string_view address) {
    auto const at = address.rfind('@');
    return at == std::string_view::npos ? std::string_view() : address.substr(at + 1);
}

std::string encode(connect const& what, dialect const& as) {
    auto const unresolved = what.hostname == "unknown" && as.unresolved == unresolved_form::bracketed_address;
    auto const labelled = what.family == core::family::ipv6 && as.ipv6 == label_form::labelled;
    std::string out;
    core::append_connect(out, unresolved ? '[' + what.address + ']' : what.hostname, what.family, what.port,
                         labelled ? "IPv6:" + what.address : what.address);
    return out;
}

std::string encode(words const& what, dialect const& as, core::option_set const& agreed) {
    auto strings = what.strings;
    if (what.what == command::unknown && as.unknown == unknown_form::first_word) {
        strings.front().resize(std::min(strings.front().find(' '), strings.front().size()));
    }
    auto const keeps_blank = (agreed.steps & core::step::header_leading_space) != 0;
    if (what.what == command::header && keeps_blank && !strings.back().starts_with(' '))
        strings.back().insert(0, 1, ' ');
    std::string out;
    core::append_strings(out, static_cast<char>(what.what),
                         std::vector<std::string_view>(strings.begin(), strings.end()));
    return out;
}

std::string encode(plain const& what) {
    std::string out;
    core::append_frame(out, static_cast<char>(what.what), what.octets);
    return out;
}

}  // namespace

mta_side::mta_side(dialect const& as) : as_(&as), offered_(as.offer), agreed_(as.offer) {
    macro_values_ = {{"j", std::string(host_name)},  {"{daemon_name}", std::string(host_name)},
                     {"{daemon_addr}", "127.0.0.1"}, {"{if_name}", std::string(host_name)},
                     {"{if_addr}", "127.0.0.1"},     {"v", "testmta"}};
}

std::string mta_side::make_offer(offer const& what) {
    offered_.version = what.version.value_or(as_->offer.version);
    offered_.actions = what.actions.value_or(as_->offer.actions);
    offered_.steps = what.steps.value_or(as_->offer.steps);
    std::string out;
    core::append_offer(out, offered_);
    return out;
}

std::optional<std::string> mta_side::agree(std::string_view payload) {
    auto const options = core::decode_options(payload);
    if (!options) return "an answer of 12 octets or more, got " + std::to_string(payload.size());
    if (options->version > offered_.version) {
        return "a version of at most " + std::to_string(offered_.version) + ", got " +
               std::to_string(options->version);
    }
    if (auto const excess = options->actions & ~offered_.actions)
        return "offered actions only, got also " + hex(excess);
    if (auto const excess = options->steps & ~offered_.steps)
        return "offered steps only, got also " + hex(excess);
    auto const lists = core::decode_symbol_lists(payload);
    if (!lists) return "lists of macros that can be read, got them malformed";
    for (auto const& list : *lists) {
        auto const row =
            std::ranges::find(stage_rows, static_cast<core::macro_stage>(list.stage), &stage_row::stage);
        if (row != std::end(stage_rows)) asked_macros_[row->with] = list.names;
    }
    agreed_ = *options;
    return std::nullopt;
}

void mta_side::remember(macros const& what) {
    for (auto const& [name, value] : what.values) script_macros_[what.stage][name] = value;
}

std::vector<std::string> mta_side::make_events(action const& what) {
    if (auto const* one = std::get_if<body>(&what)) return make_bodies(*one);
    if (auto const* one = std::get_if<connect>(&what)) {
        note(*one);
        return {with_macros(command::connect, encode(*one, *as_))};
    }
    if (auto const* one = std::get_if<words>(&what)) {
        note(*one);
        return {with_macros(one->what, encode(*one, *as_, agreed_))};
    }
    auto const& one = std::get<plain>(what);
    auto event = with_macros(one.what, encode(one));
    if (one.what == command::quit && as_->abort_before_quit)
        event.insert(0, encode(plain{command::abort, {}}));
    return {std::move(event)};
}

std::string mta_side::make_sequel(command answered) const {
    auto const aborts = answered == command::end_of_message && as_->abort_after_message;
    return aborts ? encode(plain{command::abort, {}}) : std::string();
}

std::vector<std::string> mta_side::make_bodies(body const& what) {
    std::vector<std::string> events;
    for (std::string_view rest = what.octets; !rest.empty() && !body_skipped_;) {
        auto const chunk = rest.substr(0, what.chunk);
        events.push_back(with_macros(command::body, encode(plain{command::body, std::string(chunk)})));
        rest.remove_prefix(chunk.size());
    }
    return events;
}

void mta_side::note(connect const& what) {
    macro_values_["_"] = what.hostname + " [" + what.address + "]";
}

void mta_side::note(words const& what) {
    auto const path = text::without_brackets(what.strings.front());
    if (what.what == command::mail) {
        ++messages_;
        recipients_ = 0;
        body_skipped_ = false;
        macro_values_["{mail_addr}"] = path;
        macro_values_["{mail_host}"] = domain_of(path);
        macro_values_["{mail_mailer}"] = "esmtp";
        macro_values_["{msg_id}"] = "<" + std::to_string(messages_) + "@" + std::string(host_name) + ">";
        macro_values_.erase("i");
    }
    if (what.what == command::rcpt) {
        ++recipients_;
        macro_values_["{rcpt_addr}"] = path;
        macro_values_["{rcpt_host}"] = domain_of(path);
        macro_values_["{rcpt_mailer}"] = "local";
    }
    // Postfix gives a message its id when the first recipient has been accepted, the others at once (D10).
    auto const has_id = as_->queue_id == queue_id_from::mail ? messages_ != 0 : recipients_ > 1;
    if (has_id) macro_values_["i"] = "TESTMTA" + std::to_string(messages_);
}

std::string mta_side::with_macros(command what, std::string event) {
    if (what == command::data) macro_values_.try_emplace("i", "TESTMTA" + std::to_string(messages_));
    return macro_frame(what) + std::move(event);
}

std::string mta_side::macro_frame(command what) {
    auto const names = wanted_names(what);
    auto const from_script = std::exchange(script_macros_[what], {});
    if (!names && from_script.empty()) return {};

    auto values = from_script;
    std::istringstream wanted(names.value_or(""));
    for (std::string name; wanted >> name;) {
        auto const known = macro_values_.find(name);
        if (known != macro_values_.end()) values.try_emplace(name, known->second);
    }
    std::vector<std::string_view> pairs;
    for (auto const& [name, value] : values) pairs.insert(pairs.end(), {name, value});
    std::string frame;
    core::append_macros(frame, static_cast<char>(what), pairs);
    return frame;
}

/// What the filter asked for at this stage, else what the dialect sends there of itself.
std::optional<std::string> mta_side::wanted_names(command what) const {
    auto const asked = asked_macros_.find(what);
    if (asked != asked_macros_.end()) return asked->second;
    auto const row = std::ranges::find(as_->macros, what, &macro_set::with);
    if (row == as_->macros.end()) return std::nullopt;
    return std::string(row->names);
}

bool mta_side::declined(command what) const {
    auto const* traits = core::find_command(static_cast<char>(what));
    return traits != nullptr &&
           ((agreed_.steps & traits->declined_by) != 0 || agreed_.version < traits->since_version);
}

bool mta_side::answers(command what) const {
    auto const* traits = core::find_command(static_cast<char>(what));
    return traits == nullptr || (agreed_.steps & traits->unanswered_by) == 0;
}

std::string mta_side::position() const {
    return "message " + std::to_string(messages_) + ", after " + std::to_string(recipients_) +
           (recipients_ == 1 ? " recipient" : " recipients") + "; negotiated version " +
           std::to_string(agreed_.version) + ", steps " + hex(agreed_.steps);
}

}  // namespace testmta::run
