#include "driver/filter_driver.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "milterproto/core/wire/frame.hpp"
#include "milterproto/handler.hpp"
#include "milterproto/support/packets.hpp"

/// A driver under an MTA and an author that do one thing after the other, at times that the test sets. Tasks
/// are never awaited: the test says how they end.
namespace milterproto {
namespace {

using namespace std::chrono_literals;
using lines = std::vector<std::string>;
using halt = detail::filter_driver::halt;
using demand = detail::filter_driver::demand;

constexpr detail::filter_limits limits{10s, 30s, limits::idle, 30s, 5s};

/// Waits wherever it returns a task.
class waiting_author {
public:
    explicit waiting_author(lines& seen) : seen_(&seen) {}

    session_verdict on_connect(connection&, connect_event const& event) {
        if (event.hostname == "throws") throw std::runtime_error("broken");
        if (event.hostname == "throws 1") throw 1;
        return proceed;
    }
    task<message_verdict> on_mail(connection&, message<>&, mail_event const&) { co_return proceed; }
    message_verdict on_rcpt(connection&, message<>&, rcpt_event const& event) {
        if (event.path == "<refused>") return smtp_reply::make(550, "5.1.1", "n\xc3\xb6").value();
        return proceed;
    }
    void on_header(connection&, message<>&, header_event const& event) {
        if (event.name == "Bad") throw std::runtime_error("bad header");
    }
    task<message_verdict> on_eom(connection&, message<>&, eom_actions<edit::add_header>&) {
        co_return proceed;
    }
    void on_abort(connection&, message<>&) { seen_->emplace_back("abort"); }
    task<void> on_close(connection&) {
        seen_->emplace_back("close");
        return wait();
    }

private:
    static task<void> wait() { co_return; }
    lines* seen_;
};

class filter_driver : public testing::Test, private detail::driver_shell {
protected:
    /// The MTA sends, and all of it is dealt with.
    halt hear(std::string_view bytes) {
        receive(bytes);
        return advance();
    }
    /// It sends while a callback waits.
    demand receive(std::string_view bytes) {
        auto& machine = driver_.machine();
        auto const room = driver_.callback_waits() ? machine.input_ahead()
                                                   : machine.input(std::max<std::size_t>(bytes.size(), 1024));
        std::memcpy(room.data(), bytes.data(), bytes.size());
        return driver_.received(bytes.size());
    }
    halt advance() { return driver_.advance(now_); }
    /// The letters of what the MTA reads.
    std::string read() {
        std::string letters;
        core::frame_reader reader;
        auto const output = std::string(driver_.output());
        std::memcpy(reader.prepare(output.size() + 1).data(), output.data(), output.size());
        reader.commit(output.size());
        for (auto one = reader.next(); *one; one = reader.next()) letters += (*one)->letter;
        driver_.sent(output.size(), now_);
        return letters;
    }
    void negotiate() {
        EXPECT_EQ(hear(packets::offer()), halt::input);
        EXPECT_EQ(read(), "O");
    }
    void begin_mail() {
        negotiate();
        EXPECT_EQ(hear(packets::mail()), halt::callback);
    }
    void begin_message() {
        begin_mail();
        driver_.finished(core::answer::proceed);
        EXPECT_EQ(advance(), halt::input);
        EXPECT_EQ(read(), "c");
    }
    void begin_end_of_message() {
        begin_message();
        EXPECT_EQ(hear(packets::end_of_message()), halt::callback);
    }
    /// The MTA sends one recipient more than are heard in a turn, and the first turn is over.
    void begin_flood() {
        begin_message();
        std::string flood;
        for (std::size_t i = 0; i != limits::events_in_a_turn + 1; ++i) flood += packets::rcpt();
        EXPECT_EQ(hear(flood), halt::turn);
    }
    demand look_after(std::chrono::milliseconds span) {
        now_ += span;
        return driver_.at(now_, limits);
    }
    /// The connection lives until that time has passed, and no longer.
    void expect_end_after(std::chrono::milliseconds span, errc why) {
        EXPECT_EQ(look_after(span - 1ms), demand::nothing);
        EXPECT_EQ(look_after(1ms), demand::close);
        expect_close(why);
    }
    void expect_close(boost::system::error_code why) {
        EXPECT_EQ(advance(), halt::callback);
        EXPECT_EQ(seen_.back(), "close");
        driver_.finished(core::answer::proceed);
        EXPECT_EQ(advance(), halt::end);
        EXPECT_EQ(driver_.cause(), why);
    }

    lines seen_;  ///< by the author
    lines told_;  ///< to the shell
    steady_time now_;
    detail::filter_driver driver_{make_filter(waiting_author(seen_)), missing_edits::refuse, limits::payload,
                                  *this, now_};

private:
    void send_now() override { told_.emplace_back("send now"); }
    void on_exception(core::filter_event const&, std::string_view what) override {
        told_.push_back("exception: " + std::string(what));
    }
    void on_misplaced_verdict(core::filter_event const&) override { told_.emplace_back("misplaced"); }
    void on_reply_in_ascii(core::filter_event const&, std::string_view text) override {
        told_.push_back("in ASCII: " + std::string(text));
    }
};

// ---- limits ----

TEST_F(filter_driver, limits_the_negotiation_however_it_drips) {
    EXPECT_EQ(advance(), halt::input);
    EXPECT_EQ(look_after(9s), demand::nothing);
    EXPECT_EQ(hear(packets::offer().substr(0, 3)), halt::input);
    expect_end_after(1s, errc::negotiate_timeout);
    EXPECT_EQ(seen_, (lines{"close"}));
}

// MP-252
TEST_F(filter_driver, limits_a_frame_however_it_drips) {
    begin_message();
    auto const packet = packets::rcpt();
    hear(packet.substr(0, 2));
    EXPECT_EQ(look_after(20s), demand::nothing);
    hear(packet.substr(2, 2));
    expect_end_after(10s, errc::packet_timeout);
    EXPECT_EQ(seen_, (lines{"abort", "close"}));
}

TEST_F(filter_driver, limits_each_frame_for_itself) {
    negotiate();
    auto const packet = packets::connect();
    hear(packet.substr(0, 2));
    EXPECT_EQ(look_after(29s), demand::nothing);
    hear(packet.substr(2) + packets::macros('H', {"a", "b"}).substr(0, 2));
    EXPECT_EQ(read(), "c");
    expect_end_after(30s, errc::packet_timeout);
}

// MP-251
TEST_F(filter_driver, limits_silence) {
    negotiate();
    EXPECT_EQ(look_after(7000s), demand::nothing);
    hear(packets::connect());
    EXPECT_EQ(read(), "c");
    expect_end_after(7210s, errc::idle_timeout);
}

TEST_F(filter_driver, limits_how_long_the_mta_reads_nothing) {
    negotiate();
    hear(packets::connect());
    EXPECT_EQ(look_after(20s), demand::nothing);
    driver_.sent(1, now_);
    expect_end_after(30s, errc::write_timeout);
}

TEST_F(filter_driver, counts_no_time_of_a_frame_that_it_does_not_read) {
    negotiate();
    hear(packets::connect() + packets::helo().substr(0, 2));
    EXPECT_EQ(look_after(29s), demand::nothing);
    EXPECT_EQ(read(), "c");
    expect_end_after(30s, errc::packet_timeout);
}

TEST_F(filter_driver, sets_no_limit_to_a_callback) {
    begin_mail();
    EXPECT_EQ(look_after(24h), demand::nothing);
    driver_.finished(core::answer::reject);
    EXPECT_EQ(advance(), halt::input);
    EXPECT_EQ(read(), "r");
    expect_end_after(7210s, errc::idle_timeout);
}

// ---- a callback that nobody waits for any more ----

// MP-132
TEST_F(filter_driver, cancels_a_callback_when_the_mta_aborts) {
    begin_mail();
    EXPECT_EQ(receive(packets::abort()), demand::cancel_callback);
    EXPECT_FALSE(driver_.is_watching());
    driver_.failed("cancelled");
    EXPECT_EQ(advance(), halt::input);
    EXPECT_EQ(seen_, (lines{"abort"}));
    EXPECT_EQ(told_, lines()) << "its exception is not a fault";
    EXPECT_EQ(read(), "c");
    EXPECT_EQ(hear(packets::mail()), halt::callback);
    driver_.failed("broken");
    EXPECT_EQ(told_, (lines{"exception: broken"})) << "the next one's is";
}

// MP-142
TEST_F(filter_driver, cancels_a_callback_when_the_mta_quits) {
    begin_mail();
    EXPECT_EQ(receive(packets::quit()), demand::cancel_callback);
    driver_.failed("cancelled");
    expect_close({});
    EXPECT_EQ(seen_, (lines{"abort", "close"}));
}

// MP-144
TEST_F(filter_driver, cancels_a_callback_when_the_mta_is_gone) {
    begin_mail();
    EXPECT_EQ(driver_.mta_ended(), demand::cancel_callback);
    EXPECT_EQ(driver_.mta_ended(), demand::nothing) << "once";
    driver_.failed("cancelled");
    expect_close(errc::peer_gone);
    EXPECT_EQ(seen_, (lines{"abort", "close"}));
}

// MP-145, MP-171
TEST_F(filter_driver, tells_no_abort_after_the_end_of_a_message) {
    begin_end_of_message();
    EXPECT_EQ(driver_.mta_ended(), demand::cancel_callback);
    driver_.failed("cancelled");
    expect_close(errc::peer_gone);
    EXPECT_EQ(seen_, (lines{"close"}));
}

TEST_F(filter_driver, cancels_no_callback_for_more_of_the_same_message) {
    begin_mail();
    EXPECT_EQ(receive(packets::rcpt() + packets::end_of_message().substr(0, 3)), demand::nothing);
    EXPECT_EQ(look_after(1s), demand::nothing);
    EXPECT_TRUE(driver_.is_watching());
    driver_.finished(core::answer::proceed);
    EXPECT_EQ(advance(), halt::input);
    EXPECT_EQ(read(), "cc");
}

TEST_F(filter_driver, gives_a_callback_until_the_next_look_if_its_end_came_with_its_command) {
    negotiate();
    EXPECT_EQ(hear(packets::mail() + packets::abort()), halt::callback);
    EXPECT_TRUE(driver_.is_watching());
    EXPECT_EQ(look_after(1s), demand::cancel_callback);
    EXPECT_EQ(look_after(1s), demand::nothing) << "once";
}

TEST_F(filter_driver, takes_the_verdict_of_a_callback_that_was_cancelled) {
    begin_mail();
    EXPECT_EQ(receive(packets::abort()), demand::cancel_callback);
    driver_.finished(core::answer::reject);
    EXPECT_EQ(advance(), halt::input);
    EXPECT_EQ(read(), "r");
    EXPECT_EQ(seen_, lines()) << "nothing is left to abort";
}

TEST_F(filter_driver, lets_a_callback_end_that_is_not_answered) {
    negotiate();
    EXPECT_EQ(hear(packets::raw('K')), halt::callback);
    EXPECT_FALSE(driver_.is_watching());
    EXPECT_EQ(driver_.mta_ended(), demand::nothing);
    EXPECT_EQ(look_after(24h), demand::nothing);
    driver_.finished(core::answer::proceed);
    EXPECT_EQ(advance(), halt::end);
    EXPECT_EQ(seen_, (lines{"close"}));
}

// ---- a program that stops ----

// MP-174
TEST_F(filter_driver, ends_when_the_program_stops) {
    begin_message();
    EXPECT_EQ(driver_.stop(), demand::nothing);
    expect_close(errc::stopped);
    EXPECT_EQ(seen_, (lines{"abort", "close"}));
}

TEST_F(filter_driver, cancels_a_callback_when_the_program_stops) {
    begin_mail();
    EXPECT_EQ(receive(packets::rcpt()), demand::nothing);
    EXPECT_EQ(driver_.stop(), demand::cancel_callback);
    driver_.failed("cancelled");
    expect_close(errc::stopped);
    EXPECT_EQ(seen_, (lines{"abort", "close"}));
    EXPECT_EQ(told_, lines());
    EXPECT_EQ(read(), "c") << "what had come was not looked at";
}

TEST_F(filter_driver, cancels_every_callback_when_the_program_stops) {
    negotiate();
    EXPECT_EQ(hear(packets::raw('K')), halt::callback);
    EXPECT_EQ(driver_.stop(), demand::cancel_callback);
}

TEST_F(filter_driver, tells_the_first_cause_of_an_end) {
    begin_mail();
    EXPECT_EQ(driver_.stop(), demand::cancel_callback);
    EXPECT_EQ(driver_.mta_ended(), demand::nothing) << "because the shell closed the socket";
    driver_.failed("cancelled");
    expect_close(errc::stopped);
}

// ---- exceptions and verdicts ----

TEST_F(filter_driver, turns_an_exception_into_a_temporary_failure) {
    negotiate();
    EXPECT_EQ(hear(packets::connect("throws")), halt::input);
    EXPECT_EQ(hear(packets::raw('K')), halt::callback);
    driver_.finished(core::answer::proceed);
    EXPECT_EQ(hear(packets::connect("throws 1") + packets::mail()), halt::callback);
    driver_.failed("broken, too");
    EXPECT_EQ(advance(), halt::input);
    EXPECT_EQ(read(), "ttt");
    EXPECT_EQ(told_,
              (lines{"exception: broken", "exception: not a std::exception", "exception: broken, too"}));
}

TEST_F(filter_driver, owes_a_temporary_failure_where_nothing_is_answered) {
    begin_message();
    EXPECT_EQ(hear(packets::header("Bad", "1") + packets::end_of_message()), halt::callback);
    driver_.finished(core::answer::accept);
    EXPECT_EQ(advance(), halt::input);
    EXPECT_EQ(read(), "t");
    EXPECT_EQ(told_, (lines{"exception: bad header"}));
}

// MP-198
TEST_F(filter_driver, tells_of_a_verdict_that_its_stage_does_not_have) {
    begin_mail();
    driver_.finished(core::answer::skip);
    EXPECT_EQ(advance(), halt::input);
    EXPECT_EQ(read(), "c");
    EXPECT_EQ(told_, (lines{"misplaced"}));
}

TEST_F(filter_driver, tells_of_a_reply_that_its_client_cannot_read) {
    begin_message();
    EXPECT_EQ(hear(packets::rcpt("<refused>")), halt::input);
    EXPECT_EQ(read(), "y");
    EXPECT_EQ(told_, (lines{"in ASCII: 550 5.1.1 n\xc3\xb6"}));
}

TEST_F(filter_driver, counts_what_the_filter_is_asked) {
    negotiate();
    hear(packets::connect());
    EXPECT_EQ(driver_.questions(), 1U);
    hear(packets::helo());
    EXPECT_EQ(driver_.questions(), 1U) << "the author declined it";
    EXPECT_EQ(hear(packets::raw('K')), halt::callback);
    EXPECT_EQ(driver_.questions(), 1U) << "it is told, not asked";
}

// ---- progress ----

// MP-253
TEST_F(filter_driver, tells_progress_while_the_end_of_a_message_is_slow) {
    begin_end_of_message();
    EXPECT_EQ(look_after(5s - 1ms), demand::nothing);
    EXPECT_EQ(look_after(1ms), demand::write);
    EXPECT_EQ(read(), "p");
    EXPECT_EQ(look_after(5s - 1ms), demand::nothing);
    EXPECT_EQ(look_after(1ms), demand::write);
    EXPECT_EQ(read(), "p");
    driver_.finished(core::answer::accept);
    EXPECT_EQ(advance(), halt::input);
    EXPECT_EQ(read(), "a");
}

TEST_F(filter_driver, sends_edits_with_the_next_sign_of_progress) {
    begin_end_of_message();
    EXPECT_TRUE(driver_.machine().changes().add_header("X", "y"));
    EXPECT_EQ(look_after(1s), demand::nothing);
    EXPECT_EQ(look_after(4s), demand::write);
    EXPECT_EQ(read(), "hp");
}

TEST_F(filter_driver, tells_no_progress_to_an_mta_that_does_not_read) {
    begin_end_of_message();
    EXPECT_EQ(look_after(5s), demand::write);
    driver_.sent(2, now_);
    auto const unread = std::string(driver_.output());
    EXPECT_EQ(look_after(5s), demand::write);
    EXPECT_EQ(driver_.output(), unread);
}

TEST_F(filter_driver, tells_progress_once_to_an_mta_that_takes_nothing) {
    begin_end_of_message();
    EXPECT_EQ(look_after(5s), demand::write);
    EXPECT_EQ(look_after(5s), demand::write);
    EXPECT_EQ(look_after(5s), demand::write);
    EXPECT_EQ(read(), "p");
    EXPECT_EQ(look_after(5s), demand::write);
    EXPECT_EQ(read(), "p") << "it reads again";
}

// MP-217
TEST_F(filter_driver, tells_no_progress_before_the_end_of_a_message) {
    negotiate();
    EXPECT_EQ(hear(packets::connect() + packets::mail()), halt::callback);
    EXPECT_EQ(look_after(1s), demand::write) << "an answer to an earlier command";
    EXPECT_EQ(read(), "c");
    EXPECT_EQ(look_after(1h), demand::nothing);
}

// ---- others ----

// MP-276, RS-116
TEST_F(filter_driver, lets_others_go_on_in_a_flood) {
    begin_flood();
    EXPECT_EQ(read(), std::string(limits::events_in_a_turn, 'c'));
    EXPECT_EQ(look_after(29s), demand::nothing) << "what waits is not the MTA's fault";
    EXPECT_EQ(advance(), halt::input);
    EXPECT_EQ(read(), "c");
    EXPECT_EQ(driver_.stop(), demand::nothing);
}

TEST_F(filter_driver, stops_in_the_middle_of_a_flood) {
    begin_flood();
    driver_.stop();
    expect_close(errc::stopped);
}

}  // namespace
}  // namespace milterproto
