#include "run/mta_actor.hpp"

#include <cstring>
#include <sstream>
#include <vector>

#include "milterproto/core/limits.hpp"
#include "milterproto/core/wire/codec.hpp"
#include "milterproto/core/wire/protocol_table.hpp"
#include "text/path.hpp"

namespace testmta::run {

namespace {

using core::command;
using core::issued;

constexpr std::string_view host_name = "mta.example.test";

std::string hex(std::uint32_t number) {
    std::ostringstream out;
    out << "0x" << std::hex << number;
    return out.str();
}

/// Returns the names of bits in parentheses, if they have any.
std::string named(std::uint32_t bits, std::span<option_name const> names) {
    auto const text = name_bits(bits, names);
    return text.starts_with("0x") ? std::string() : " (" + text + ')';
}

/// Returns where the first list of macros stands that cannot be read (TM-030).
std::optional<std::size_t> end_of_good_lists(std::string_view payload) {
    constexpr std::size_t options = 12;
    auto rest = payload.substr(options);
    while (!rest.empty()) {
        auto const at = payload.size() - rest.size();
        if (!core::take_u32(rest) || !core::take_string(rest)) return at;
    }
    return std::nullopt;
}

std::string_view domain_of(std::string_view address) {
    auto const at = address.rfind('@');
    return at == std::string_view::npos ? std::string_view() : address.substr(at + 1);
}

/// Returns the dialect, without its macros if only the script's are wanted: it then has no lists of its own,
/// and those of the filter are too long for it.
core::mta_dialect with_macros(core::mta_dialect as, macros_of which) {
    if (which == macros_of::dialect) return as;
    as.macros.defaults = {};
    as.macros.names_in_list = 0;
    return as;
}

}  // namespace

mta_actor::mta_actor(dialect const& as, macros_of which)
    : mta_(with_macros(as.mta, which)), offered_(as.mta.negotiation.offer) {
    auto& macros = mta_.macros();
    for (auto const* name : {"j", "{daemon_name}", "{if_name}"}) macros.set(name, host_name);
    for (auto const* name : {"{daemon_addr}", "{if_addr}"}) macros.set(name, "127.0.0.1");
    macros.set("v", "testmta");
}

void mta_actor::make_offer(offer const& what) {
    offered_.version = what.version.value_or(offered_.version);
    offered_.actions = what.actions.applied_to(offered_.actions);
    offered_.steps = what.steps.applied_to(offered_.steps);
    mta_.insist().begin(offered_);
}

std::optional<std::string> mta_actor::judge_agreement(std::string_view payload) const {
    auto const options = core::decode_options(payload);
    if (!options) return "an answer of at least 12 bytes, got " + std::to_string(payload.size());
    if (options->version > offered_.version) {
        return "a version of at most " + std::to_string(offered_.version) + ", got " +
               std::to_string(options->version);
    }
    // An offer of nothing is the one of version 1 (MP-032, MP-033).
    auto const actions = offered_.actions == 0 ? core::action::version_1 : offered_.actions;
    auto const steps = offered_.steps == 0 ? core::step::version_1 : offered_.steps;
    if (auto const excess = options->actions & ~actions)
        return "only actions that were offered, also got " + hex(excess) + named(excess, action_names());
    if (auto const excess = options->steps & ~steps)
        return "only steps that were offered, also got " + hex(excess) + named(excess, step_names());
    if (auto const at = end_of_good_lists(payload))
        return "well-formed lists of macros, got a malformed one at byte " + std::to_string(*at);
    return std::nullopt;
}

void mta_actor::assume_agreement() {
    if (mta_.negotiated()) return;
    std::string frame;
    core::append_agreement(frame, {offered_.version, 0, 0}, {});
    constexpr std::size_t letter = 4;
    hear({frame[letter], std::string_view(frame).substr(letter + 1)});
}

void mta_actor::remember(macros const& what) {
    for (auto const& [name, value] : what.values) mta_.macros().set_once(what.stage, name, value);
}

issued mta_actor::perform(action const& what, bool forced) {
    // A script may go on without an answer that the MTA would wait for.
    mta_.forgo_answer();
    if (forced) mta_.insist();
    if (auto const* one = std::get_if<connect>(&what)) return perform(*one);
    if (auto const* one = std::get_if<words>(&what)) return perform(*one);
    return perform(std::get<plain>(what));
}

std::size_t mta_actor::largest_chunk() const noexcept {
    if ((agreed().steps & core::step::chunks_1m) != 0) return milterproto::limits::payload_1m;
    if ((agreed().steps & core::step::chunks_256k) != 0) return milterproto::limits::payload_256k;
    return milterproto::limits::payload;
}

issued mta_actor::perform_body(std::string_view chunk, bool forced) {
    mta_.forgo_answer();
    if (forced) mta_.insist();
    return mta_.body(chunk);
}

issued mta_actor::perform(connect const& what) {
    mta_.macros().set("_", what.hostname + " [" + what.address + "]");
    return mta_.connect(what.hostname, what.family, what.port, what.address);
}

issued mta_actor::perform(words const& what) {
    std::vector<std::string_view> const strings(what.strings.begin(), what.strings.end());
    auto const parameters = std::span(strings).subspan(1);
    switch (what.what) {
        case command::helo: return mta_.helo(strings.front());
        case command::mail: note_sender(strings.front()); return mta_.mail(strings.front(), parameters);
        case command::rcpt: note_recipient(strings.front()); return mta_.rcpt(strings.front(), parameters);
        case command::header: return mta_.header(strings.front(), strings.back());
        default: return mta_.unknown(strings.front());
    }
}

issued mta_actor::perform(plain const& what) {
    switch (what.what) {
        case command::data: return mta_.data();
        case command::end_of_headers: return mta_.end_of_headers();
        case command::end_of_message: return mta_.end_of_message(what.octets);
        case command::abort: return mta_.insist().reset();
        case command::quit_nc: return mta_.quit_nc();
        default: return mta_.quit();
    }
}

void mta_actor::note_sender(std::string_view path) {
    ++messages_;
    recipients_ = 0;
    auto& macros = mta_.macros();
    auto const address = text::without_brackets(path);
    macros.set("{mail_addr}", address);
    macros.set("{mail_host}", domain_of(address));
    macros.set("{mail_mailer}", "esmtp");
    mta_.queue_id("TESTMTA" + std::to_string(messages_));
    macros.set("{msg_id}", "<" + std::to_string(messages_) + "@" + std::string(host_name) + ">");
}

void mta_actor::note_recipient(std::string_view path) {
    ++recipients_;
    auto& macros = mta_.macros();
    auto const address = text::without_brackets(path);
    macros.set("{rcpt_addr}", address);
    macros.set("{rcpt_host}", domain_of(address));
    macros.set("{rcpt_mailer}", "local");
}

std::string mta_actor::take_output() {
    auto octets = std::string(mta_.output());
    mta_.sent(octets.size());
    return octets;
}

std::optional<std::string> mta_actor::hear(core::frame const& came) {
    if (!mta_.reply_due()) return std::nullopt;  // the script sent raw bytes
    std::string octets;
    core::append_frame(octets, came.letter, came.payload);
    std::memcpy(mta_.input(octets.size()).data(), octets.data(), octets.size());
    mta_.received(octets.size());
    for (;;) {
        auto const event = mta_.next();
        if (std::holds_alternative<core::need_io>(event)) return std::nullopt;
        if (auto const* failed = std::get_if<core::filter_failed>(&event)) return failed->why.message();
    }
}

bool mta_actor::declined(command what) const {
    auto const* traits = core::find_command(static_cast<char>(what));
    return traits != nullptr &&
           ((agreed().steps & traits->declined_by) != 0 || agreed().version < traits->since_version);
}

std::string mta_actor::position() const {
    return "message " + std::to_string(messages_) + ", after " + std::to_string(recipients_) +
           (recipients_ == 1 ? " recipient" : " recipients") + "; negotiated version " +
           std::to_string(agreed().version) + ", steps " + hex(agreed().steps);
}

}  // namespace testmta::run
