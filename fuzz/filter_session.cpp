#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "milterproto/core/filter/filter_session.hpp"
#include "milterproto/core/wire/codec.hpp"
#include "support/expected_answers.hpp"

/// A filter session that reads arbitrary bytes from its MTA.
///
/// The first 16 bytes choose what the MTA does not: 0-3 the steps that the filter wishes, 4 its other wishes,
/// 5 how the stream is cut, 6 how the connection ends, 7 nothing, 8-15 its verdicts, over and over. The rest
/// is the stream.
///
/// Invariants: every cut gives the same events and the same bytes. Nothing is written before a negotiation.
/// Every command that expects an answer gets one while the connection lives. Abort and end of message never
/// both come for one message, and neither comes for a message that the filter decided. Close comes once for
/// each SMTP connection. Memory is proportional to the bytes received. (MP-002, MP-010, MP-017, MP-147,
/// MP-165, MP-170, MP-171)
namespace {

using namespace milterproto;
namespace step = core::step;
using fuzz::expected_answers;
using fuzz::letters_of;

constexpr std::size_t settings_octets = 16;

void require(bool condition, char const* what) {
    if (condition) return;
    std::fprintf(stderr, "broken: %s\n", what);
    std::abort();
}

class settings {
public:
    explicit settings(std::string_view octets) : octets_(octets) {}

    core::filter_wishes wishes() const {
        core::filter_wishes wishes;
        wishes.wanted_steps = at(0) | at(1) << 8 | at(2) << 16;
        if ((at(4) & 1) != 0) wishes.largest_payload = limits::payload_256k;
        if ((at(4) & 2) != 0) wishes.macros[0] = wishes.macros[5] = "j {client_addr}";
        if ((at(4) & 4) != 0) wishes.required_actions = core::action::add_headers;
        if ((at(4) & 8) != 0) wishes.required_steps = step::skip;
        return wishes;
    }
    /// The largest size of a piece.
    std::size_t piece() const { return 1 + at(5) % 64; }
    /// None: the connection stays open.
    boost::system::error_code ending() const {
        switch (at(6) % 3) {
            case 0: return errc::peer_gone;
            case 1: return errc::idle_timeout;
            default: return {};
        }
    }
    core::answer verdict(std::size_t nth) const {
        constexpr std::string_view choice = "ccccccccccartdsy";
        return static_cast<core::answer>(choice[at(8 + nth % 8) % choice.size()]);
    }

private:
    std::uint32_t at(std::size_t index) const { return static_cast<unsigned char>(octets_[index]); }
    std::string_view octets_;
};

/// Runs one session over the whole stream and checks it.
class watched_session {
public:
    watched_session(settings const& chosen, std::string_view stream, std::string_view letters)
        : settings_(chosen), stream_(stream), letters_(letters), session_(chosen.wishes()) {}

    void run(std::size_t piece) {
        drain();
        for (auto rest = stream_; !rest.empty() && !finished_;
             rest.remove_prefix(std::min(piece, rest.size()))) {
            feed(rest.substr(0, piece));
        }
        auto const ending = settings_.ending();
        if (!ending || finished_) return;
        session_.fail(ending);
        drain();
        require(finished_, "a connection that ended is finished");
    }
    std::string const& events() const { return events_; }
    std::string const& output() const { return output_; }

private:
    void feed(std::string_view octets) {
        auto const room = session_.input(octets.size());
        fed_ += octets.size();
        require(room.size() >= octets.size(), "room as asked for");
        require(room.size() <= 4 * (fed_ + octets.size()), "memory is proportional to the bytes received");
        std::memcpy(room.data(), octets.data(), octets.size());
        session_.received(octets.size());
        drain();
    }

    void drain() {
        while (!finished_) {
            auto const event = session_.next();
            take_output();
            std::visit([this](auto const& one) { on(one); }, event);
            take_output();
            if (std::holds_alternative<core::need_input>(event)) return;
        }
    }

    void take_output() {
        auto rest = session_.output();
        if (rest.empty()) return;
        require(letters_.substr(0, frames()).find('O') != std::string_view::npos, "silence before the offer");
        while (!rest.empty()) {
            require(rest.size() > 4, "whole frames");
            std::size_t length = 0;
            for (char const octet : rest.substr(0, 4))
                length = length * 256 + static_cast<unsigned char>(octet);
            require(length != 0 && length <= rest.size() - 4, "whole frames");
            auto const reply = rest.substr(4, length);
            if (reply.front() == 'O') {
                require(core::decode_symbol_lists(reply.substr(1)).has_value(), "a readable agreement");
            }
            output_.append(reply).push_back('|');
            rest.remove_prefix(4 + length);
            ++answers_;
        }
        session_.sent();
    }

    std::size_t frames() const { return static_cast<std::size_t>(session_.frames()); }
    std::size_t expected(std::size_t count) const {
        return expected_answers(letters_, count, session_.agreed().options.steps);
    }

    // ---- events ----

    void on(core::need_input const&) { require(answers_ == expected(frames()), "every command is answered"); }
    void on(core::turn_over const&) { require(session_.output().empty(), "its answers were taken"); }
    void on(core::finished const&) {
        finished_ = true;
        require(!dirty_, "close comes before the end");
        // The command that ended the connection was not answered.
        bool const but_the_last = frames() != 0 && answers_ == expected(frames() - 1);
        require(but_the_last || answers_ == expected(frames()), "every command is answered until the end");
    }
    void on(core::close_event const& event) {
        note('Q', event.cause.message());
        require(dirty_ || frames() != closed_at_, "close comes once");
        require(!message_.open || message_.decided, "abort comes before close");
        dirty_ = false;
        closed_at_ = frames();
        message_ = {};
    }
    void on(core::abort_event const&) {
        note('A');
        if (sees_every_stage())
            require(message_.open && !message_.decided, "only an open message is aborted");
        auto const since = letters_.substr(over_at_, frames() - over_at_);
        require(since.find_first_of("MRTLNBE") != std::string_view::npos, "abort and end never both come");
        message_ = {};
        // The sender of the next message is what ended this one.
        bool const begins_next = frames() <= letters_.size() && letters_[frames() - 1] == 'M';
        over_at_ = frames() - (begins_next ? 1 : 0);
    }
    void on(core::negotiate_event const&) { require(false, "a filter that does not negotiate is not asked"); }
    void on(connect_event const& event) {
        note('C', event.hostname, event.address);
        ask(stage::connection);
    }
    void on(helo_event const& event) {
        note('H', event.name);
        require(!message_.open || message_.decided, "abort comes before a greeting");
        ask(stage::connection);
    }
    void on(mail_event const& event) {
        note('M', event.path);
        for (auto const& one : event.parameters) note('+', one);
        require(!message_.open || message_.decided, "abort comes before the next sender");
        message_ = {};
        message_.open = true;
        ask(stage::mail);
    }
    void on(rcpt_event const& event) {
        note('R', event.path);
        for (auto const& one : event.parameters) note('+', one);
        part_of_message();
        ask(stage::rcpt);
    }
    void on(data_event const&) {
        note('T');
        part_of_message();
        ask(stage::content);
    }
    void on(header_event const& event) {
        note('L', event.name, event.value);
        part_of_message();
        ask(stage::content);
    }
    void on(eoh_event const&) {
        note('N');
        part_of_message();
        ask(stage::content);
    }
    void on(body_event const& event) {
        note('B', event.chunk);
        part_of_message();
        require(!skipped_, "no chunk after skip");
        ask(stage::body);
    }
    void on(eom_event const&) {
        note('E');
        part_of_message();
        message_ = {};
        over_at_ = frames();
        ask(stage::end);
        skipped_ = false;
    }
    void on(unknown_event const& event) {
        note('U', event.line);
        ask(stage::connection);
    }

    enum class stage { connection, mail, rcpt, content, body, end };

    void ask(stage at) {
        dirty_ = true;
        for (auto const* macro : {"i", "{mail_addr}", "j"})
            note('?', session_.macros().find(macro).value_or("-"));
        if (at == stage::mail) skipped_ = false;
        auto const verdict = settings_.verdict(asked_++);
        auto const outcome = session_.answer(verdict, "550 5.7.1 no");
        note(static_cast<char>('0' + static_cast<int>(outcome)));
        if (at == stage::body && verdict == core::answer::skip) skipped_ = sees_every_stage();
        if (outcome != core::answered::sent || at == stage::connection || at == stage::end) return;
        if (verdict == core::answer::proceed || verdict == core::answer::skip) return;
        bool const of_recipient =
            at == stage::rcpt && verdict != core::answer::accept && verdict != core::answer::discard;
        if (!of_recipient) message_.decided = true;
    }

    /// If the filter declined stages, the first event of a message may come from its middle, and its end may
    /// open it.
    bool sees_every_stage() const {
        constexpr std::uint32_t declining = 0x37f & ~(step::no_connect | step::no_helo | step::no_unknown);
        return (settings_.wishes().wanted_steps & declining) == 0;
    }
    void part_of_message() {
        if (sees_every_stage()) require(message_.open && !message_.decided, "only an open message has parts");
        if (!message_.open || message_.decided) message_ = {};
        message_.open = true;
    }

    void note(char what, std::string_view one = {}, std::string_view two = {}) {
        events_.push_back(what);
        events_.append(one).append(1, '\0').append(two).append(1, '\n');
    }

    struct message {
        bool open = false;
        bool decided = false;
    };

    settings const& settings_;
    std::string_view stream_;
    std::string_view letters_;
    core::filter_session session_;
    std::size_t fed_ = 0;
    std::size_t asked_ = 0;
    std::size_t answers_ = 0;
    std::size_t closed_at_ = static_cast<std::size_t>(-1);
    message message_;
    std::size_t over_at_ = 0;  ///< how many commands came before the last message was over
    bool skipped_ = false;
    bool dirty_ = true;  ///< something came that a close must follow
    bool finished_ = false;
    std::string events_;
    std::string output_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size < settings_octets) return 0;
    std::string_view const input(reinterpret_cast<char const*>(data), size);
    settings const chosen(input.substr(0, settings_octets));
    auto const stream = input.substr(settings_octets);
    auto const letters = letters_of(stream);

    watched_session whole(chosen, stream, letters);
    whole.run(std::max<std::size_t>(stream.size(), 1));
    watched_session cut(chosen, stream, letters);
    cut.run(chosen.piece());
    require(whole.events() == cut.events(), "every cut gives the same events");
    require(whole.output() == cut.output(), "every cut gives the same answers");
    return 0;
}
