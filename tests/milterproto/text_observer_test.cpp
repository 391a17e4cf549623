#include "milterproto/text_observer.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace milterproto {
namespace {

using namespace std::chrono_literals;
using lines = std::vector<std::string>;

/// An observer whose lines are kept, and whose time stands still until it is moved.
class text_observer_lines : public testing::Test {
protected:
    lines written_;
    std::chrono::steady_clock::time_point now_{1h};
    text_observer told_{[this](std::string_view line) { written_.emplace_back(line); },
                        [this] { return now_; }};
    milter_connection const one_{7, "inet:8890@127.0.0.1", "192.0.2.1"};
};

TEST_F(text_observer_lines, say_who_and_what) {
    told_.on_accepted(one_);
    told_.on_refused({0, one_.listener, one_.client}, "too many connections");
    told_.on_exception(one_, "on_rcpt", "no database");
    told_.on_misplaced_verdict(one_, "on_helo");
    told_.on_reply_in_ascii(one_, "on_rcpt", "550 5.7.1 n\xc3\xb6");
    told_.on_missing_macro(one_, macro_stage::end_of_message, "i");
    told_.on_accept_failing(one_.listener, {EMFILE, boost::system::generic_category()});
    told_.on_accept_recovered(one_.listener);
    told_.on_hangup_failed("no such file");
    std::string const client = " from 192.0.2.1 at inet:8890@127.0.0.1";
    EXPECT_EQ(written_,
              (lines{"a connection" + client + " was refused: too many connections",
                     "connection 7" + client + ": on_rcpt threw an exception: no database",
                     "connection 7" + client + ": on_helo gave a verdict that has no effect there",
                     "connection 7" + client +
                         R"(: on_rcpt gave a reply that its client cannot read: 550 5.7.1 n\xc3\xb6)"
                         " (letters beyond ASCII need a MAIL command with SMTPUTF8)",
                     "connection 7" + client + ": " + explain_missing_macro(macro_stage::end_of_message, "i"),
                     "inet:8890@127.0.0.1: no connection can be accepted: Too many open files",
                     "inet:8890@127.0.0.1: connections are accepted again",
                     "on_hangup threw an exception: no such file"}));
}

// RS-015
TEST_F(text_observer_lines, tell_of_macros_that_were_dropped_however_the_connection_ended) {
    told_.on_closed(one_, {{}, {}, 3});
    EXPECT_EQ(written_, (lines{"connection 7 from 192.0.2.1 at inet:8890@127.0.0.1 sent more macros than are "
                               "kept; 3 were dropped"}));
}

TEST_F(text_observer_lines, tell_of_an_end_only_if_it_is_a_fault) {
    told_.on_closed(one_, {{}, {}});
    told_.on_closed(one_, {errc::peer_gone, {}});
    told_.on_closed(one_, {errc::stopped, {}});
    EXPECT_EQ(written_, lines{});
    told_.on_closed(one_, {errc::not_milter, "EHLO x\\r\\n"});
    EXPECT_EQ(written_,
              (lines{"connection 7 from 192.0.2.1 at inet:8890@127.0.0.1 was ended: the peer speaks "
                     "text, not the milter protocol; it began with \"EHLO x\\r\\n\""}));
}

TEST_F(text_observer_lines, are_one_line_each_and_bounded_whatever_an_exception_says) {
    told_.on_exception(one_, "on_mail", "a\nb\x1b[2J" + std::string(5000, 'x'));
    ASSERT_EQ(written_.size(), 1U);
    EXPECT_NE(written_[0].find(R"(a\nb\x1b[2Jx)"), std::string::npos);
    EXPECT_LT(written_[0].size(), 600U);
    EXPECT_TRUE(written_[0].ends_with("x..."));
}

TEST_F(text_observer_lines, are_twenty_a_minute) {
    for (int i = 0; i != 100; ++i) told_.on_exception(one_, "on_mail", "broken");
    ASSERT_EQ(written_.size(), 20U);
    EXPECT_TRUE(written_[18].ends_with("broken"));
    EXPECT_TRUE(written_[19].ends_with("broken (what else happens within a minute is left out)"));
    now_ += 60s - 1ns;
    told_.on_exception(one_, "on_mail", "broken");
    EXPECT_EQ(written_.size(), 20U);
    now_ += 1ns;
    told_.on_exception(one_, "on_mail", "still broken");
    ASSERT_EQ(written_.size(), 22U);
    EXPECT_EQ(written_[20], "81 lines were left out");
    EXPECT_TRUE(written_[21].ends_with("still broken"));
}

}  // namespace
}  // namespace milterproto
