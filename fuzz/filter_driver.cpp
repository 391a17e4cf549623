#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "driver/filter_driver.hpp"
#include "milterproto/core/wire/codec.hpp"
#include "support/expected_answers.hpp"
#include "support/watched_author.hpp"

/// A filter driver under an MTA, an author, a shell and a clock that do what a program says.
///
/// The first 3 bytes are the steps that the filter declines; the fourth says whether it decides the
/// negotiation itself. Each further byte is a move:
///
///     A-Y        the MTA sends that command; Z: an end with a last chunk; o: an old offer; \x: the byte x
///     = 1-9      all that it sent arrives; or this many bytes
///     | ) >      it stops to take output; takes three bytes; takes all again
///     $ % ^      it hangs up; its socket breaks; the program stops
///     cartdsyp   the author answers so from here on (p is not a verdict); w: with a task; !: it throws
///     + - ~ e    the task returns that answer; it throws; the shell cancels it; it adds a header
///     . : ;      a second passes; a minute; an hour
///
/// Invariants: there is one callback at a time. An abort comes only in a message, and before close. Close
/// comes once for each SMTP connection, and last. Every command that expects an answer gets exactly one while
/// the connection lives. No time limit falls early, or while a callback waits. After the end nothing is
/// wanted. Time adds at most one sign of progress to output that nobody takes, and only at the end of a
/// message. (MP-147, MP-165, MP-171, MP-217, MP-252)
namespace {

using namespace milterproto;
using namespace std::chrono_literals;
using detail::filter_driver;
using fuzz::author_notes;
using fuzz::require;
using demand = filter_driver::demand;
using halt = filter_driver::halt;

constexpr std::size_t settings_octets = 4;
constexpr detail::filter_limits limits_here{10s, 30s, limits::idle, 30s, 5s};
constexpr std::size_t sign_of_progress = 5;

class shell final : private detail::driver_shell {
public:
    explicit shell(std::string_view settings) : notes_(settings) { go_on(); }

    bool is_over() const { return is_over_; }
    void perform(char move) {
        if (std::exchange(is_byte_next_, false)) return wire_.push_back(move);
        if (move >= '1' && move <= '9') return arrive(static_cast<std::size_t>(move - '0'));
        if (std::string_view("cartdsyp").find(move) != std::string_view::npos) {
            notes_.verdict = move;
            notes_.how = author_notes::answers;
        }
        switch (move) {
            case '\\': is_byte_next_ = true; break;
            case '=': arrive(wire_.size()); break;
            case '|': room_ = 0; break;
            case ')': take(3); break;
            case '>': take(std::string::npos); break;
            case '$': hang_up(); break;
            case '%': is_broken_ = true; break;
            case '^': stop(); break;
            case 'w': notes_.how = author_notes::waits; break;
            case '!': notes_.how = author_notes::throws; break;
            case '+':
            case '-': end_callback(move == '+'); break;
            case '~': driver_.cancel_callback(); break;
            case 'e':
                static_cast<void>(driver_.machine().changes().add_header("X", core::verbatim("y")));
                break;
            case '.': pass(1s); break;
            case ':': pass(1min); break;
            case ';': pass(1h); break;
            default: send(move);
        }
    }
    /// The MTA hangs up, and what waits comes back.
    void finish() {
        notes_.how = author_notes::answers;
        if (!is_over_) hang_up();
        if (!is_over_) end_callback(false);
        require(is_over_, "a connection that ended is over");
    }

private:
    // ---- the MTA ----

    void send(char letter) {
        switch (letter) {
            case 'O': return core::append_offer(wire_, {6, core::action::all, core::step::all});
            case 'o': return core::append_offer(wire_, {2, core::action::all, 0x7f});
            case 'C': return core::append_strings(wire_, 'C', {"c", "U"});
            case 'D': return core::append_macros(wire_, 'M', {"i", "1"});
            case 'L': return core::append_strings(wire_, 'L', {"a", "b"});
            case 'B': return core::append_frame(wire_, 'B', "hi");
            case 'Z': return core::append_frame(wire_, 'E', "hi");
            case 'H':
            case 'M':
            case 'R':
            case 'U': return core::append_strings(wire_, letter, {"<x>"});
            default:
                if (letter >= 'A' && letter <= 'Z') core::append_frame(wire_, letter);
        }
    }
    /// As much arrives as the shell reads: nothing while it waits for room, or for a callback that the MTA
    /// cannot end.
    void arrive(std::size_t count) {
        bool const ahead = driver_.callback_waits();
        if (ahead ? !driver_.is_watching() : !driver_.output().empty()) return;
        count = std::min(count, wire_.size());
        auto const room = ahead ? driver_.machine().input_ahead() : driver_.machine().input(count);
        count = std::min(count, room.size());
        if (count == 0) return;
        std::memcpy(room.data(), wire_.data(), count);
        hear(wire_.substr(0, count));
        wire_.erase(0, count);
        obey(driver_.received(count));
        if (!ahead) go_on();
    }
    void hear(std::string_view bytes) {
        if (heard_.size() == frame_at_) frame_begun_ = now_;
        heard_ += bytes;
        for (;;) {
            auto const rest = std::string_view(heard_).substr(frame_at_);
            auto const length = rest.size() < 4 ? 0 : fuzz::length_of(rest);
            if (length == 0 || length > rest.size() - 4) return;
            letters_.push_back(rest[4]);
            frame_at_ += 4 + length;
            frame_begun_ = now_;
        }
    }
    void take(std::size_t room) {
        bool const was_blocked = !driver_.output().empty();
        room_ = room;
        if (!was_blocked) return;
        bool const has_failed = !flush();
        bool const goes_on = has_failed || driver_.output().empty();
        if (goes_on && !driver_.callback_waits()) go_on();
    }
    void hang_up() {
        is_ended_ = true;
        obey(driver_.mta_ended());
        if (!driver_.callback_waits()) go_on();
    }

    // ---- the shell ----

    void stop() {
        is_ended_ = true;
        obey(driver_.stop());
        if (!driver_.callback_waits()) go_on();
    }
    void end_callback(bool returns) {
        if (!driver_.callback_waits()) return;
        if (returns) {
            driver_.finished(fuzz::verdict_of(notes_.verdict));
        } else {
            driver_.failed("broken");
        }
        go_on();
    }
    void go_on() {
        for (;;) {
            auto const why = driver_.advance(now_);
            waited_since_ = now_;
            if (why == halt::end) return end();
            if (why == halt::input) look_at_answers();
            require((why == halt::callback) == notes_.is_under_way, "what is shown is settled or waits");
            bool const works = flush();
            if (why == halt::turn && driver_.output().empty()) continue;
            if (works || why == halt::callback) return;
        }
    }
    /// Returns whether the socket works.
    bool flush() {
        if (is_broken_ && !driver_.output().empty()) {
            read_ += driver_.output();
            driver_.sent(driver_.output().size(), now_);
            is_ended_ = true;
            obey(driver_.mta_ended());
            return false;
        }
        auto const count = std::min(room_, driver_.output().size());
        if (count == 0) return true;
        read_ += driver_.output().substr(0, count);
        if (room_ != std::string::npos) room_ -= count;
        signs_ = 0;
        driver_.sent(count, now_);
        waited_since_ = now_;
        return true;
    }
    void obey(demand what) {
        if (what == demand::write) flush();
        if (what == demand::cancel_callback) {
            require(driver_.callback_waits() && driver_.is_cancelled(), "a callback is there to cancel");
            require(!driver_.is_watching(), "nothing can end it any more");
        }
        if (what != demand::close) return;
        require(!driver_.callback_waits(), "a callback has no time limit");
        require(is_due(), "no limit falls early");
        hang_up();
    }
    void end() {
        is_over_ = true;
        require(driver_.advance(now_) == halt::end, "an end is final");
        require(!driver_.callback_waits() && driver_.mta_ended() == demand::nothing &&
                    driver_.stop() == demand::nothing,
                "nothing is wanted after an end");
        auto const ends = static_cast<std::size_t>(std::ranges::count(seen(), 'K'));
        require(notes_.is_closed && notes_.closes <= ends + 1, "close comes once, and last");
        require(answers() <= expected(), "one answer at most");
    }
    void look_at_answers() const {
        require(!is_ended_, "an end is not forgotten");
        require(answers() == expected(), "every command is answered");
    }
    std::size_t answers() const {
        auto const letters = fuzz::letters_of(read_ + std::string(driver_.output()));
        return static_cast<std::size_t>(
            std::ranges::count_if(letters, [](char one) { return one != 'p' && one != 'h'; }));
    }
    std::size_t expected() const {
        return fuzz::expected_answers(letters_, seen().size(), driver_.machine().agreed().options.steps);
    }
    /// Returns the letters of the frames that the driver has come to.
    std::string_view seen() const {
        return std::string_view(letters_).substr(0, static_cast<std::size_t>(driver_.machine().frames()));
    }

    // ---- the time ----

    void pass(std::chrono::seconds span) {
        now_ += span;
        auto const before = driver_.output().size();
        bool const may_end = driver_.callback_waits() || !is_long_due();
        auto const wanted = driver_.at(now_, limits_here);
        auto const grown = driver_.output().size() - before;
        bool const may_grow = driver_.callback_waits() && notes_.is_at_end;
        require(grown == 0 || (may_grow && grown == sign_of_progress), "progress is told at an end only");
        signs_ += grown / sign_of_progress;
        require(signs_ <= 1, "an MTA that takes nothing is sent no second sign");
        require(may_end || wanted == demand::close, "every limit falls in time");
        obey(wanted);
    }
    /// Returns whether a limit may have fallen due.
    bool is_due() const {
        bool const in_frame = heard_.size() > frame_at_ && driver_.output().empty();
        return is_long_due() || (in_frame && now_ - frame_begun_ >= limits_here.packet);
    }
    /// Returns whether one must have. That of a frame is left out, because it rests while nothing is read.
    bool is_long_due() const {
        auto const waited = now_ - waited_since_;
        if (!driver_.output().empty()) return waited >= limits_here.write;
        bool const is_agreed = driver_.machine().negotiated();
        return waited >= limits_here.idle || (!is_agreed && now_ - begun_ >= limits_here.negotiation);
    }

    void send_now() override { flush(); }
    void on_exception(core::filter_event const&, std::string_view) override {}
    void on_misplaced_verdict(core::filter_event const&) override {}

    author_notes notes_;
    steady_time const begun_;
    steady_time now_;
    steady_time waited_since_;
    steady_time frame_begun_;
    filter_driver driver_{std::make_unique<fuzz::watched_author>(notes_), missing_edits::run_without,
                          limits::payload, *this, now_};

    std::string wire_;                      ///< sent by the MTA, and not read yet
    std::string heard_;                     ///< all that was read
    std::string letters_;                   ///< its whole frames
    std::size_t frame_at_ = 0;              ///< where the frame begins that is not whole
    std::string read_;                      ///< by the MTA
    std::size_t room_ = std::string::npos;  ///< how much the MTA takes
    std::size_t signs_ = 0;                 ///< signs of progress since it took something
    bool is_byte_next_ = false;
    bool is_broken_ = false;
    bool is_ended_ = false;
    bool is_over_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size < settings_octets) return 0;
    std::string_view const input(reinterpret_cast<char const*>(data), size);
    shell one(input.substr(0, settings_octets));
    for (char const move : input.substr(settings_octets)) {
        if (one.is_over()) break;
        one.perform(move);
    }
    one.finish();
    return 0;
}
