#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "milterproto/core/filter/filter_session.hpp"
#include "milterproto/core/mta/mta_session.hpp"

/// A filter session and an MTA session joined in memory.
///
/// The first 8 bytes choose the MTA (0), what the filter wishes (1-3 steps, 4 the rest), the size of the
/// pieces in which bytes are passed (5; 0: whole), and what the filter changes at the end of each message
/// (6). Each byte after them is one thing that happens in SMTP; its upper half is the verdict that the filter
/// gives on the events that follow from it.
///
/// Invariants after each of them: no bytes are in flight, no answer is due, and both sides know the same.
/// Neither side fails because of anything that the other does in its role. The MTA gets the verdict that the
/// filter gave, on the command that it was given for. The filter is in a message if, and only if, the MTA has
/// one open that it sent to the filter and that is undecided. Close comes once for each SMTP connection.
/// (MP-136, MP-147, MP-165, MP-170, MP-171)
namespace {

using namespace milterproto;
namespace step = core::step;
using core::answer;
using core::command;
using core::issued;

constexpr std::size_t settings_octets = 8;

void require(bool condition, char const* what) {
    if (condition) return;
    std::fprintf(stderr, "broken: %s\n", what);
    std::abort();
}

core::mta_dialect const& dialect_of(unsigned char octet) {
    static std::array const dialects{core::sendmail(), core::postfix(6), core::postfix(2), core::postfix(3),
                                     core::postfix(4)};
    return dialects[octet % dialects.size()];
}

core::filter_wishes wishes_of(std::string_view settings) {
    auto const octet = [&](std::size_t at) {
        return static_cast<std::uint32_t>(static_cast<unsigned char>(settings[at]));
    };
    core::filter_wishes wishes;
    wishes.wanted_steps = octet(1) | octet(2) << 8 | octet(3) << 16;
    if ((octet(4) & 1) != 0) wishes.macros[0] = wishes.macros[5] = "j {client_addr}";
    if ((octet(4) & 2) != 0) wishes.required_steps = step::skip;
    if ((octet(4) & 4) != 0) wishes.wanted_actions = core::action::all;
    return wishes;
}

class pair {
public:
    explicit pair(std::string_view settings)
        : mta_(dialect_of(static_cast<unsigned char>(settings[0]))),
          filter_(wishes_of(settings)),
          piece_(settings[5] == 0 ? std::string_view::npos
                                  : 1 + static_cast<unsigned char>(settings[5]) % 64),
          edits_(static_cast<unsigned char>(settings[6])) {
        mta_.macros().set("j", "mx");
        mta_.begin();
        settle();
        if (!mta_.over()) {
            require(mta_.negotiated() && filter_.negotiated(), "both have negotiated");
            require(mta_.agreed() == filter_.agreed().options, "both have negotiated the same");
        }
    }

    bool over() const { return mta_.over(); }

    void perform(unsigned char octet) {
        constexpr std::string_view choice = "ccccccccccartdsy";
        verdict_ = static_cast<answer>(choice[octet >> 4]);
        shown_.reset();
        auto const became = smtp(octet & 0x0f);
        require(became != issued::too_early, "no answer is due between commands");
        bool const is_sent = became == issued::awaits_answer || became == issued::unanswered;
        if (is_sent && (octet & 0x0f) < 12) unannounced_ = false;
        has_outcome_ = false;
        settle();
        if (became == issued::awaits_answer)
            require(has_outcome_ || failed_, "every command has its outcome");
        if (mta_.over()) return;
        require(!failed_, "no side fails because of the other");
        require(!mta_.reply_due(), "no answer is due");
        compare();
    }

    void finish() {
        if (!mta_.over()) {
            mta_.quit();
            settle();
        }
        require(mta_.over(), "a session that was left is over");
        if (!finished_) {
            filter_.fail(errc::peer_gone);
            drain_filter();
        }
        require(finished_, "a filter whose MTA is gone is finished");
        require(closes_ == connections_ - (unannounced_ ? 1 : 0), "close comes once for each connection");
    }

private:
    issued smtp(int what) {
        switch (what) {
            case 0: return mta_.connect("h", core::family::ipv4, 25, "192.0.2.1");
            case 1: return mta_.helo("h");
            case 2: mta_.queue_id("Q1"); return mta_.mail("<a>", {"SIZE=1"});
            case 3: return mta_.rcpt("<b>");
            case 4: return mta_.refused_rcpt("<b>", {}, "5.7.1", "no");
            case 5: return mta_.data();
            case 6: return mta_.content(headers_, "hi\n");
            case 7: return mta_.header("A", " b");
            case 8: return mta_.end_of_headers();
            case 9: return mta_.body("hi\r\n");
            case 10: return mta_.end_of_message();
            case 11: return mta_.unknown("FOO bar");
            case 12: return mta_.reset();
            case 13: return mta_.starttls();
            case 14: return leave();
            default: return mta_.client_gone();
        }
    }
    issued leave() {
        // Another client on the same connection, and the end of it, in turn.
        if (connections_ % 2 == 0) return mta_.quit();
        auto const became = mta_.quit_nc();
        if (became == issued::unanswered) {
            ++connections_;
            unannounced_ = true;
            data_refused_ = false;
        }
        return became;
    }

    /// Passes bytes between the two sides until there are none left.
    void settle() {
        for (bool moved = true; moved;) {
            moved = cross(mta_.output(), filter_);
            mta_.sent(mta_.output().size());
            drain_filter();
            moved = cross(filter_.output(), mta_) || moved;
            filter_.sent();
            if (finished_ && !mta_.over()) mta_.fail(errc::peer_gone);
            moved = drain_mta() || moved || !mta_.output().empty();
        }
        require(filter_.output().empty() && mta_.output().empty(), "nothing waits to be sent");
        require(!filter_.mid_frame() && !mta_.mid_frame(), "nothing is cut off");
    }

    template <class Side>
    bool cross(std::string_view octets, Side& to) {
        bool const moved = !octets.empty();
        for (; !octets.empty(); octets.remove_prefix(std::min(piece_, octets.size()))) {
            auto const part = octets.substr(0, piece_);
            std::memcpy(to.input(part.size()).data(), part.data(), part.size());
            to.received(part.size());
        }
        return moved;
    }

    // ---- the filter ----

    void drain_filter() {
        while (!finished_) {
            auto const event = filter_.next();
            if (std::holds_alternative<core::need_input>(event)) return;
            std::visit([this](auto const& one) { on(one); }, event);
        }
    }
    void on(core::need_input const&) {}
    void on(core::turn_over const&) {}
    void on(core::negotiate_event const&) { require(false, "a filter that does not negotiate is not asked"); }
    void on(core::finished const&) { finished_ = true; }
    void on(core::abort_event const&) {}
    void on(core::close_event const& event) {
        ++closes_;
        bool const regular =
            !event.cause || event.cause == errc::peer_gone || event.cause == errc::negotiation_refused;
        if (!regular) std::fprintf(stderr, "%s\n", event.cause.message().c_str());
        require(regular, "the filter accepts what an MTA sends");
    }
    void on(connect_event const&) { decide(command::connect); }
    void on(helo_event const&) { decide(command::helo); }
    void on(mail_event const&) { decide(command::mail); }
    void on(rcpt_event const&) { decide(command::rcpt); }
    void on(data_event const&) { decide(command::data); }
    void on(header_event const&) { decide(command::header); }
    void on(eoh_event const&) { decide(command::end_of_headers); }
    void on(body_event const&) { decide(command::body); }
    void on(eom_event const&) {
        change();
        decide(command::end_of_message);
    }
    void on(unknown_event const&) { decide(command::unknown); }

    /// Makes the edits that the input chooses. Those that the filter may make must arrive, a new body after
    /// the others.
    void change() {
        made_.clear();
        arrived_.clear();
        auto& edits = filter_.changes();
        auto const make = [this](unsigned bit, std::string_view text, auto edit) {
            if ((edits_ & 1U << bit) != 0 && edit()) made_.append(text).push_back('|');
        };
        std::string body;
        make(0, "hX y", [&] { return edits.add_header("X", core::verbatim("y")); });
        if ((edits_ & 2) != 0 && edits.replace_body("new")) body += "bnew |";
        make(2, "iT 1", [&] { return edits.insert_header(0, "T", core::verbatim("1")); });
        make(3, "mA ", [&] { return edits.remove_header("A", 1); });
        make(4, "e<n> RET=HDRS", [&] { return edits.change_sender("<n>", "RET=HDRS"); });
        make(5, "+<x> ", [&] { return edits.add_recipient("<x>"); });
        make(6, "p", [&] { return edits.progress(); });
        make(7, "qheld ", [&] { return edits.quarantine("held"); });
        made_ += body;
    }

    void decide(command what) {
        auto const outcome = filter_.answer(verdict_, "550 5.7.1 no");
        auto said = outcome == core::answered::sent ? verdict_ : answer::proceed;
        bool const has_outcome_to_skip = (filter_.agreed().options.steps & step::skip) != 0;
        if (said == answer::skip && !has_outcome_to_skip) said = answer::proceed;
        shown_ = std::pair(what, said);
        bool const refuses = said == answer::reject || said == answer::tempfail || said == answer::reply_code;
        bool const in_effect = outcome == core::answered::sent;
        if (what == command::data && refuses && in_effect) data_refused_ = true;
        if (what == command::mail || what == command::end_of_message || what == command::helo)
            data_refused_ = false;
    }

    // ---- the MTA ----

    bool drain_mta() {
        for (bool any = false;; any = true) {
            auto const event = mta_.next();
            if (std::holds_alternative<core::need_io>(event)) return any;
            std::visit([this](auto const& one) { on(one); }, event);
        }
    }
    void on(core::need_io const&) {}
    void on(core::filter_agreed const&) {}
    void on(core::filter_change const& event) {
        arrived_.push_back(static_cast<char>(event.what.what));
        arrived_.append(event.what.subject).append(1, ' ').append(event.what.value).push_back('|');
    }
    void on(core::filter_progress const&) { arrived_ += "p|"; }
    void on(core::filter_verdict const& event) {
        require(!std::exchange(has_outcome_, true), "one outcome for each command");
        require(made_ == arrived_, "the changes that were made have arrived");
        if (shown_ && shown_->first == event.to) {
            require(event.verdict == shown_->second, "the verdict is the filter's");
        } else {
            require(event.verdict == answer::proceed || event.verdict == answer::accept,
                    "what the filter was not shown passes");
        }
    }
    void on(core::filter_failed const& event) {
        failed_ = true;
        require(event.why == errc::peer_gone && !filter_.negotiated(), "only a refused negotiation fails");
    }

    /// Compares what both sides know about the message under way.
    void compare() const {
        auto const steps = mta_.agreed().steps;
        // An MTA like Sendmail does not send the end of a message to such a filter (peculiarity D6).
        if ((steps & (step::no_mail | step::no_reply_mail)) != 0) return;
        bool const open = mta_.in_message() && !mta_.decided() && !data_refused_ && mta_.filtering();
        if (filter_.in_message())
            require(open || !mta_.filtering(), "if the filter is in a message, it is open");
        if (open) require(filter_.in_message(), "if a message is open and undecided, the filter is in it");
    }

    core::mta_session mta_;
    core::filter_session filter_;
    std::array<core::header_view, 2> headers_{core::header_view{"A", " b"}, core::header_view{"C", "d"}};
    std::size_t piece_;
    answer verdict_ = answer::proceed;
    std::optional<std::pair<command, answer>> shown_;
    unsigned edits_;
    std::string made_, arrived_;  ///< changes of the last message
    bool has_outcome_ = false;
    bool failed_ = false;
    bool finished_ = false;
    bool data_refused_ = false;
    unsigned connections_ = 1;
    bool unannounced_ = false;  ///< another client, of which the filter has had no event yet
    unsigned closes_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size < settings_octets) return 0;
    std::string_view const input(reinterpret_cast<char const*>(data), size);
    pair both(input.substr(0, settings_octets));
    for (char const octet : input.substr(settings_octets)) {
        if (both.over()) break;
        both.perform(static_cast<unsigned char>(octet));
    }
    both.finish();
    return 0;
}
