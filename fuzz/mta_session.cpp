#include "milterproto/core/mta/mta_session.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <variant>

#include "milterproto/core/mta/client_response.hpp"
#include "milterproto/core/mta/filter_turn.hpp"

/// An MTA's session that reads arbitrary bytes from its filter.
///
/// The first 16 bytes choose what the filter does not: 0 the MTA, 1 how the stream is cut, 2 how the
/// connection ends, 3 nothing, 4-15 what the SMTP client does differently from usual. The rest is the stream.
///
/// Invariants: every cut gives the same events and the same frames. Every command that awaits an answer ends
/// with one outcome, or with a failure that is reported once. Nothing is written after a failure or after
/// QUIT. Frames are whole, and none is empty that must not be. Memory is proportional to the bytes received.
/// (MP-002, MP-019 to MP-023, MP-026, MP-070)
namespace {

using namespace milterproto;
using core::issued;

constexpr std::size_t settings_octets = 16;
constexpr std::size_t most_changed = 4096;

void require(bool condition, char const* what) {
    if (condition) return;
    std::fprintf(stderr, "broken: %s\n", what);
    std::abort();
}

core::mta_dialect const& dialect_of(unsigned char octet) {
    static std::array const dialects{core::postfix(6), core::sendmail(), core::postfix(2), core::postfix(3),
                                     core::postfix(4)};
    return dialects[octet % dialects.size()];
}

/// Runs one session over the whole stream and checks it.
class watched_session {
public:
    watched_session(std::string_view settings, std::string_view stream)
        : settings_(settings), rest_(stream), mta_(dialect_of(octet(0))), standing_(mta_.dialect()) {
        mta_.macros().set("j", "mx");
        mta_.macros().set("{mail_addr}", "a");
    }

    void run(std::size_t piece) {
        for (std::size_t at = 0; !mta_.over() && at != script_limit;) {
            if (!mta_.reply_due()) {
                issue(at++);
                take_output();
            } else if (!moves()) {
                if (rest_.empty()) return end();
                feed(rest_.substr(0, piece));
                rest_.remove_prefix(std::min(piece, rest_.size()));
            }
        }
        // What arrives now was not asked for, or comes too late.
        feed(rest_);
        drain();
    }
    std::string const& seen() const { return seen_; }

private:
    static constexpr std::string_view usual = "OCHMRRTWMRTLNBBEUMRxMRTWHSMRTWQ";
    static constexpr std::size_t script_limit = usual.size() + 1;

    unsigned char octet(std::size_t index) const { return static_cast<unsigned char>(settings_[index]); }

    void issue(std::size_t at) {
        auto const odd = octet(4 + at % 12);
        // Every twelfth command is another one, if the input says so.
        bool const usual_one = odd == 0 || (odd >> 4) % 3 != at / 12 % 3;
        char const what = at >= usual.size() ? 'Q' : usual_one ? usual[at] : usual[odd % usual.size()];
        auto const before = mta_.output().size();
        auto const became = smtp(what);
        note('$', what, static_cast<char>('0' + static_cast<int>(became)));
        if (became == issued::awaits_answer) {
            require(!awaited_, "no command before the answer to the last");
            awaited_ = true;
        }
        require(became != issued::too_early || mta_.output().size() == before,
                "too_early means that nothing was written");
    }

    issued smtp(char what) {
        switch (what) {
            case 'O': return mta_.begin();
            case 'C': return mta_.connect("unknown", core::family::ipv6, 25, "::1");
            case 'H': return mta_.helo("h");
            case 'M': begin_message(); return mta_.mail("<a>", {"SIZE=1"});
            case 'R': return mta_.rcpt("<b>");
            case 'T': return mta_.data();
            case 'W': return content();
            case 'L': return mta_.header("A", " b\r\n c");
            case 'N': return mta_.end_of_headers();
            case 'B': return mta_.body("hi\r\n");
            case 'E': return mta_.end_of_message();
            case 'U': return mta_.unknown("FOO bar");
            case 'x': return mta_.reset();
            case 'S': return mta_.starttls();
            default: return octet(2) % 2 == 0 ? mta_.quit() : mta_.client_gone();
        }
    }

    void begin_message() {
        standing_.message_over();
        message_ = core::queued_message();
        message_.recipients.emplace_back("b");
        message_.headers.emplace_back("Received", " us", core::queued_header::origin::own_trace);
        message_.headers.emplace_back("A", " b");
        message_.body = "hi\nthere\n";
        mta_.queue_id("Q1");
        message_room_ = most_changed;
    }

    issued content() {
        shown_ = message_.shown_headers(mta_.dialect().edits);
        return mta_.content(shown_, "hi\nthere\n");
    }

    void feed(std::string_view octets) {
        auto const room = mta_.input(octets.size());
        fed_ += octets.size();
        require(room.size() >= octets.size(), "room as asked for");
        require(room.size() <= 4 * (fed_ + octets.size()), "memory is proportional to the bytes received");
        if (!octets.empty()) std::memcpy(room.data(), octets.data(), octets.size());
        mta_.received(octets.size());
    }

    void end() {
        if (octet(2) % 3 == 0) return;  // the connection stays open
        mta_.fail(octet(2) % 3 == 1 ? errc::peer_gone : errc::reply_timeout);
        drain();
        require(failed_ && !awaited_, "a failure is reported");
    }

    void drain() {
        while (moves()) {
        }
    }

    /// Handles one event and what was written. Returns false if bytes must come first.
    bool moves() {
        auto const event = mta_.next();
        std::visit([this](auto const& one) { on(one); }, event);
        return take_output() || !std::holds_alternative<core::need_io>(event);
    }

    // ---- events ----

    void on(core::need_io const&) {
        require(mta_.over() || mta_.reply_due() == awaited_, "reply_due agrees with the awaited answer");
    }
    void on(core::filter_agreed const&) {
        settle('O');
        require(mta_.negotiated(), "an agreement means that negotiated() is true");
    }
    void on(core::filter_verdict const& event) {
        settle(static_cast<char>(event.to));
        note('v', static_cast<char>(event.verdict));
        seen_.append(event.reply);
        auto const response = standing_.on_verdict(event.to, event.verdict, event.reply);
        auto const code = response.code();
        require(response.is_own() || (code >= 400 && code < 600), "a client is refused with 4xx or 5xx");
        if (event.to != core::command::end_of_message) return;
        core::filter_turn turn(message_, mta_.dialect(), mta_.agreed());
        turn.finish(event.verdict);
    }
    void on(core::filter_change const& event) {
        note('m', static_cast<char>(event.what.what));
        seen_.append(event.what.subject).append(1, '\0').append(event.what.value);
        core::filter_turn turn(message_, mta_.dialect(), mta_.agreed(), message_room_);
        auto const weight = event.what.subject.size() + event.what.value.size();
        if (turn.apply(event.what)) message_room_ -= std::min(message_room_, weight);
        require(message_.headers.size() + message_.body.size() <= 4 * most_changed, "changes are bounded");
    }
    void on(core::filter_progress const& event) { note('p', static_cast<char>(event.during)); }
    void on(core::filter_failed const& event) {
        require(!failed_, "a failure is reported once");
        require(mta_.over() && mta_.output().empty(), "nothing is written after a failure");
        failed_ = true;
        awaited_ = false;
        note('f', static_cast<char>(event.why.value()));
        auto const response = standing_.on_failure(core::command::mail, event.why);
        require(response.is_own() || response.code() >= 400, "a failure is not a success reply");
    }

    void settle(char to) {
        require(awaited_, "no outcome without a command");
        awaited_ = false;
        note('!', to);
    }

    /// Checks that the output consists of frames that a filter can read.
    bool take_output() {
        auto rest = mta_.output();
        bool const any = !rest.empty();
        require(rest.empty() || !failed_, "nothing is written after a failure");
        while (!rest.empty()) {
            require(rest.size() > 4, "whole frames");
            std::size_t length = 0;
            for (char const one : rest.substr(0, 4)) length = length * 256 + static_cast<unsigned char>(one);
            require(length != 0 && length <= rest.size() - 4, "whole frames");
            auto const sent = rest.substr(4, length);
            require(!quit_, "nothing is written after QUIT");
            require(opened_ || (sent.front() == 'O' && length == 13), "the offer comes first");
            require(length > 1 || std::string_view("BDCHLMORU").find(sent.front()) == std::string_view::npos,
                    "no empty frame that kills a filter");
            opened_ = true;
            quit_ = sent.front() == 'Q';
            seen_.append(sent).push_back('|');
            rest.remove_prefix(4 + length);
        }
        mta_.sent(mta_.output().size());
        return any;
    }

    void note(char kind, char one, char two = ' ') {
        seen_.push_back(kind);
        seen_.push_back(one);
        seen_.push_back(two);
    }

    std::string_view settings_;
    std::string_view rest_;
    core::mta_session mta_;
    core::client_standing standing_;
    core::queued_message message_;
    std::vector<core::header_view> shown_;
    std::size_t message_room_ = 0;
    std::size_t fed_ = 0;
    bool awaited_ = false;
    bool failed_ = false;
    bool opened_ = false;
    bool quit_ = false;
    std::string seen_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size < settings_octets) return 0;
    std::string_view const input(reinterpret_cast<char const*>(data), size);
    auto const settings = input.substr(0, settings_octets);
    auto const stream = input.substr(settings_octets);

    watched_session whole(settings, stream);
    whole.run(std::max<std::size_t>(stream.size(), 1));
    watched_session cut(settings, stream);
    cut.run(1 + static_cast<unsigned char>(settings[1]) % 64);
    require(whole.seen() == cut.seen(), "every cut gives the same events and the same frames");
    return 0;
}
