#include "milterproto/rehearsal.hpp"

#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <sstream>
#include <stdexcept>

#include "milterproto/virtual_time.hpp"

namespace milterproto {
namespace {

using namespace std::chrono_literals;
using lines = std::vector<std::string>;

/// Decides by what it is shown, and writes down what else it is told.
class author {
public:
    struct message_state {
        int headers = 0;
    };
    static constexpr extra extras = extra::none;

    explicit author(lines* told = nullptr) : told_(told) {}

    session_verdict on_connect(connection&, connect_event const& event) {
        if (event.hostname == "refused") return reject;
        if (event.hostname == "trusted") return accept_now;
        return proceed;
    }
    session_verdict on_helo(connection&, helo_event const& event) {
        return event.name == "later" ? session_verdict(tempfail) : session_verdict(proceed);
    }
    message_verdict on_mail(connection&, message<message_state>&, mail_event const& event) {
        note("mail " + std::string(event.path) + ' ' + std::to_string(event.parameters.size()));
        if (event.path == "<throws>") throw std::runtime_error("broken");
        if (event.path == "<mine>") return accept_now;
        if (event.path == "<refused>") return smtp_reply::make(550, "5.7.1", "100% refused").value();
        return proceed;
    }
    message_verdict on_rcpt(connection&, message<message_state>&, rcpt_event const& event) {
        note("rcpt " + std::string(event.path));
        if (event.path == "<ghost>") return smtp_reply::make(550, "5.1.1", "No such recipient").value();
        if (event.path == "<trash>") return discard;
        return proceed;
    }
    message_verdict on_data(connection&, message<message_state>& now) {
        if (now.sender() == "<no data>") return reject;
        return proceed;
    }
    void on_header(connection&, message<message_state>& now, header_event const& event) {
        ++now.state.headers;
        note("header " + std::string(event.name) + '|' + std::string(event.value));
    }
    body_verdict on_body(connection&, message<message_state>&, body_event const& event) {
        note("body " + std::to_string(event.chunk.size()));
        if (event.chunk.starts_with("skip")) return skip;
        return proceed;
    }
    message_verdict on_eom(connection&, message<message_state>& now,
                           eom_actions<edit::add_header | edit::change_header | edit::body |
                                       edit::add_recipient | edit::remove_recipient | edit::sender |
                                       edit::recipient_arguments | edit::quarantine>& actions) {
        note("eom " + std::to_string(now.state.headers));
        if (now.sender() != "<edits>") return proceed;
        bool const all = actions.add_header("X-Added", "yes") &&
                         actions.insert_header(0, "X-First", "a\r\n\tb") &&
                         actions.change_header("Subject", 1, "new") && actions.remove_header("X-Old", 2) &&
                         actions.change_sender("<s>", "RET=HDRS") && actions.add_recipient("<r>") &&
                         actions.add_recipient("<p>", "NOTIFY=NEVER") && actions.remove_recipient("<b>") &&
                         actions.progress() && actions.replace_body(std::string(70'000, 'x')) &&
                         actions.replace_body("\r\n") && actions.quarantine("odd");
        return all ? message_verdict(proceed) : message_verdict(tempfail);
    }
    session_verdict on_unknown(connection&, unknown_event const&) { return reject; }
    void on_abort(connection&, message<message_state>& now) {
        note("abort " + now.sender());
        if (now.sender() == "<aborts-badly>") throw std::runtime_error("worse");
    }
    void on_close(connection&) { note("close"); }

private:
    void note(std::string line) {
        if (told_ != nullptr) told_->push_back(std::move(line));
    }
    lines* told_;
};

// ---- calls ----

TEST(rehearsal, verdicts_are_what_the_mta_gets) {
    rehearsal mta(make_filter(author()));
    EXPECT_EQ(mta.connect("client.example.org", "192.0.2.1"), "proceed");
    EXPECT_EQ(mta.helo("client.example.org"), "proceed");
    EXPECT_EQ(mta.mail("<refused>"), "550 5.7.1 100% refused");
    EXPECT_EQ(mta.mail("<a>", {"SIZE=1", "BODY=8BITMIME"}), "proceed");
    EXPECT_EQ(mta.rcpt("<ghost>"), "550 5.1.1 No such recipient");
    EXPECT_EQ(mta.rcpt("<b>"), "proceed");
    EXPECT_EQ(mta.unknown("VRFY x"), "reject");
    EXPECT_EQ(mta.message("Subject: hello\n\nHello\n"), "proceed");
    auto const accepted = mta.mail("<mine>");
    EXPECT_EQ(accepted.code, core::answer::accept);
    EXPECT_TRUE(accepted.was_shown);
}

/// Refuses everything in words that not every client can read.
struct refuses_in_german {
    static smtp_reply no() { return smtp_reply::make(550, "5.7.1", "Unzul\xc3\xa4ssig").value(); }
    message_verdict on_mail(connection&, message<>&, mail_event const& event) {
        return event.path == "<refused>" ? message_verdict(no()) : message_verdict(proceed);
    }
    message_verdict on_rcpt(connection&, message<>&, rcpt_event const&) { return no(); }
    message_verdict on_eom(connection&, message<>&) { return no(); }
    session_verdict on_unknown(connection&, unknown_event const&) { return no(); }
};

// RFC 6531, 3.5: replies have letters beyond ASCII only where MAIL said SMTPUTF8
TEST(rehearsal, a_reply_is_in_letters_that_the_client_can_read) {
    rehearsal mta(make_filter(refuses_in_german()));
    auto const* const utf8 = "550 5.7.1 Unzul\xc3\xa4ssig";
    auto const* const ascii = "550 5.7.1 Unzul?ssig";
    EXPECT_EQ(mta.unknown("HILFE"), ascii);
    EXPECT_EQ(mta.mail("<refused>", {"BODY=8BITMIME"}), ascii);
    EXPECT_EQ(mta.mail("<refused>", {"BODY=8BITMIME", "smtputf8"}), utf8);
    EXPECT_EQ(mta.mail("<a>", {"SMTPUTF8"}), "proceed");
    EXPECT_EQ(mta.rcpt("<b>"), utf8);
    mta.abort();
    EXPECT_EQ(mta.mail("<a>"), "proceed");
    EXPECT_EQ(mta.rcpt("<b>"), ascii);
    mta.abort();
    EXPECT_EQ(mta.mail("<a>", {"SMTPUTF8"}), "proceed");
    EXPECT_EQ(mta.end_of_message(), utf8);
    EXPECT_EQ(mta.unknown("HILFE"), ascii);
}

TEST(rehearsal, edits_are_what_the_mta_gets) {
    rehearsal mta(make_filter(author()));
    mta.mail("<edits>");
    mta.rcpt("<b>");
    auto const end = mta.message("Subject: hello\n\nHello\n");
    EXPECT_EQ(end, "proceed");
    lines edits;
    for (auto const& one : end.edits) edits.push_back(one.text());
    // A new body comes after all else.
    ASSERT_EQ(end.edits.size(), 10U);
    EXPECT_EQ(edits.back(), "replace_body " + std::string(70'000, 'x') + "\\r\\n");
    edits.pop_back();
    EXPECT_EQ(edits, (lines{"add_header X-Added: yes", "insert_header 0 X-First: a\\n\\tb",
                            "change_header 1 Subject: new", "remove_header 2 X-Old",
                            "change_sender <s> RET=HDRS", "add_recipient <r>",
                            "add_recipient <p> NOTIFY=NEVER", "remove_recipient <b>", "quarantine odd"}));
    EXPECT_EQ(end.edits[0].what, rehearsal_edit::kind::add_header);
    EXPECT_EQ(end.edits[1].index, 0U);
    EXPECT_EQ(end.edits[2].name, "Subject");
    EXPECT_EQ(end.edits[2].value, " new");
    EXPECT_EQ(end.signs_of_progress, 1U);
}

TEST(rehearsal, answers_and_edits_print_themselves) {
    rehearsal mta(make_filter(author()));
    mta.mail("<edits>");
    auto const end = mta.end_of_message();
    std::ostringstream out;
    out << end << ", " << end.edits[0];
    EXPECT_EQ(out.str(), "proceed, add_header X-Added: yes");
}

TEST(rehearsal, a_message_is_sent_as_an_mta_cuts_it) {
    lines told;
    rehearsal mta(make_filter(author(&told)));
    mta.mail("<a>");
    mta.message("Subject: two\n\tlines\nX-Empty:\n\n" + std::string(70'000, 'x'));
    EXPECT_EQ(told, (lines{"mail <a> 0", "header Subject|two\n\tlines", "header X-Empty|", "body 65535",
                           "body 4465", "eom 2"}));
    told.clear();
    mta.mail("<b>");
    mta.message("");
    mta.mail("<c>");
    mta.message("A: b");
    mta.mail("<d>");
    mta.message("\nx");
    EXPECT_EQ(told, (lines{"mail <b> 0", "eom 0", "mail <c> 0", "header A|b", "eom 1", "mail <d> 0", "body 1",
                           "eom 0"}));
}

// MP-212
TEST(rehearsal, after_skip_no_more_of_the_body_is_sent) {
    lines told;
    rehearsal mta(make_filter(author(&told)));
    mta.mail("<a>");
    EXPECT_EQ(mta.body("skip the rest"), "skip");
    EXPECT_EQ(mta.body("more"), "(not sent)");
    EXPECT_EQ(mta.end_of_message(), "proceed");
    EXPECT_EQ(told, (lines{"mail <a> 0", "body 13", "eom 0"}));
    mta.mail("<b>");
    EXPECT_EQ(mta.body("again"), "proceed");
}

struct skips_bodies {
    int* bodies;
    body_verdict on_body(connection&, message<>&, body_event const&) {
        ++*bodies;
        return skip;
    }
};

// MP-268: the filter declined MAIL, so nothing else tells where a message begins.
TEST(rehearsal, a_body_that_was_skipped_is_none_of_the_next_message) {
    int bodies = 0;
    rehearsal mta(make_filter(skips_bodies{&bodies}));
    mta.message("\none");
    mta.message("\ntwo");
    EXPECT_EQ(bodies, 2);
}

TEST(rehearsal, what_the_filter_has_decided_it_sees_no_more_of) {
    lines told;
    rehearsal mta(make_filter(author(&told)));
    mta.mail("<mine>");
    EXPECT_EQ(mta.rcpt("<b>"), "(not sent)");
    EXPECT_EQ(mta.end_of_message(), "(not sent)");
    mta.mail("<b>");
    EXPECT_EQ(mta.rcpt("<ghost>"), "550 5.1.1 No such recipient");  // one recipient decides nothing
    EXPECT_EQ(mta.rcpt("<trash>"), "discard");
    EXPECT_EQ(mta.data(), "(not sent)");
    mta.abort();
    EXPECT_EQ(told, (lines{"mail <mine> 0", "mail <b> 0", "rcpt <ghost>", "rcpt <trash>"}));
}

// Peculiarity D1
TEST(rehearsal, a_recipient_may_follow_data_that_was_refused) {
    rehearsal mta(make_filter(author()));
    mta.mail("<no data>");
    mta.rcpt("<b>");
    EXPECT_EQ(mta.data(), "reject");
    auto const answer = mta.rcpt("<c>");
    EXPECT_EQ(answer, "proceed");
    EXPECT_FALSE(answer.was_shown);
    EXPECT_EQ(mta.header("A: b"), "(not sent)");
}

TEST(rehearsal, a_connection_that_was_decided) {
    for (auto const* hostname : {"refused", "trusted"}) {
        rehearsal mta(make_filter(author()));
        mta.connect(hostname, "192.0.2.1");
        EXPECT_EQ(mta.helo("x"), "(not sent)");
        EXPECT_EQ(mta.mail("<a>"), "(not sent)");
        mta.next_client();
        EXPECT_EQ(mta.connect("client.example.org", "192.0.2.1"), "proceed");
        EXPECT_EQ(mta.helo("later"), "tempfail");
        EXPECT_EQ(mta.mail("<a>"), "(not sent)");
    }
}

// MP-143, MP-146
TEST(rehearsal, abort_and_close_are_told_as_to_a_real_filter) {
    lines told;
    {
        rehearsal mta(make_filter(author(&told)));
        mta.mail("<1>");
        mta.abort();
        mta.abort();
        mta.mail("<2>");
        mta.end_of_message();
        mta.abort();
        mta.mail("<3>");
        mta.helo("again");
        mta.mail("<4>");
        mta.quit();
        EXPECT_TRUE(mta.has_ended());
        EXPECT_EQ(mta.mail("<5>"), "(closed)");
    }
    EXPECT_EQ(told, (lines{"mail <1> 0", "abort <1>", "mail <2> 0", "eom 0", "mail <3> 0", "abort <3>",
                           "mail <4> 0", "abort <4>", "close"}));
    told.clear();
    rehearsal mta(make_filter(author(&told)));
    mta.mail("<6>");
    mta.vanish();
    EXPECT_EQ(told, (lines{"mail <6> 0", "abort <6>", "close"}));
}

// ---- faults of the author ----

// MP-197
TEST(rehearsal, an_exception_is_a_temporary_failure) {
    rehearsal mta(make_filter(author()));
    auto const answer = mta.mail("<throws>");
    EXPECT_EQ(answer, "tempfail");
    EXPECT_EQ(answer.thrown, "broken");
    EXPECT_EQ(mta.mail("<a>"), "proceed");
    mta.mail("<aborts-badly>");
    mta.abort();
    EXPECT_EQ(mta.thrown(), (lines{"broken", "worse"}));
}

struct fails_in_silence {
    void on_mail(connection&, message<>&, mail_event const&) { throw 1; }
    message_verdict on_eom(connection&, message<>&) { return proceed; }
};

TEST(rehearsal, an_exception_where_nothing_is_answered_fails_the_message) {
    rehearsal mta(make_filter(fails_in_silence()));
    EXPECT_EQ(mta.mail("<a>"), "(no answer)");
    EXPECT_EQ(mta.end_of_message(), "tempfail");
    EXPECT_EQ(mta.thrown(), (lines{"not a std::exception"}));
    EXPECT_EQ(mta.misplaced_verdicts(), 0U);
}

struct edits_nothing_agreed {
    message_verdict on_eom(connection&, message<>&, eom_actions<edit::body>& actions) {
        auto const written = actions.replace_body("x");
        return written ? message_verdict(proceed) : message_verdict(tempfail);
    }
};

// MP-222
TEST(rehearsal, an_mta_that_lacks_an_edit) {
    rehearsal_options options;
    options.mta.offer.actions = core::action::add_headers;
    rehearsal refuses(make_filter(edits_nothing_agreed()), options);
    EXPECT_TRUE(refuses.has_ended());
    EXPECT_EQ(refuses.mail("<a>"), "(closed)");
    options.missing = missing_edits::run_without;
    rehearsal runs(make_filter(edits_nothing_agreed()), options);
    EXPECT_EQ(runs.end_of_message(), "tempfail");
}

// ---- what MTAs are like ----

struct asks_for_macros {
    static constexpr macro_request macros[] = {{macro_stage::connect, "{client_addr} {nobody_knows}"},
                                               {macro_stage::helo, ""},
                                               {macro_stage::end_of_message, "i"}};
    lines* seen;

    void look(connection& peer, std::string line) {
        for (auto const* name : {"j", "{client_addr}", "{mail_addr}", "{tls_version}", "i"})
            line += ' ' + std::string(peer.macro(name).value_or("-"));
        seen->push_back(line);
    }
    void on_connect(connection& peer, connect_event const&) { look(peer, "connect"); }
    void on_helo(connection& peer, helo_event const&) { look(peer, "helo"); }
    void on_rcpt(connection& peer, message<>&, rcpt_event const&) { look(peer, "rcpt"); }
    message_verdict on_eom(connection& peer, message<>&) {
        look(peer, "eom");
        return proceed;
    }
};

lines macros_seen_with(mta_profile const& profile) {
    lines seen;
    rehearsal mta(make_filter(asks_for_macros{&seen}), profile);
    EXPECT_EQ(mta.asked_macros(macro_stage::connect), "{client_addr} {nobody_knows}");
    EXPECT_EQ(mta.asked_macros(macro_stage::mail), std::nullopt);
    mta.define("{tls_version}", "TLSv1.3");
    mta.connect("client.example.org", "192.0.2.1");
    mta.helo("client.example.org");
    EXPECT_EQ(mta.mail("<a@example.org>"), "(not sent)");  // and its macros come
    mta.rcpt("<b@example.org>");
    mta.define("i", "4bQ");
    mta.end_of_message();
    return seen;
}

// Peculiarity D9
TEST(rehearsal, macros_are_those_that_were_asked_for_or_that_the_mta_sends_anyway) {
    EXPECT_EQ(
        macros_seen_with(mta_profile::postfix()),
        (lines{"connect - 192.0.2.1 - - -", "helo - 192.0.2.1 - TLSv1.3 -",
               "rcpt - 192.0.2.1 a@example.org TLSv1.3 -", "eom - 192.0.2.1 a@example.org TLSv1.3 4bQ"}));
    EXPECT_EQ(macros_seen_with(mta_profile::sendmail())[1], "helo - 192.0.2.1 - - -");
}

TEST(rehearsal, macros_that_nobody_asked_for) {
    struct looks {
        std::string* seen;
        void on_connect(connection& peer, connect_event const&) {
            *seen = std::string(peer.macro("j").value_or("-")) + ' ' +
                    std::string(peer.macro("{client_addr}").value_or("-"));
        }
    };
    std::string seen;
    rehearsal mta(make_filter(looks{&seen}));
    mta.connect("client.example.org", "192.0.2.1");
    EXPECT_EQ(seen, "mx.example.net -");
}

// MP-037, MP-046
TEST(rehearsal, old_versions_know_fewer_commands) {
    struct per_version {
        std::uint32_t protocol;
        char const* data;
        char const* unknown;
        char const* header;
    };
    for (auto const& one :
         {per_version{6, "proceed", "reject", "(no answer)"}, per_version{4, "proceed", "reject", "proceed"},
          per_version{3, "(not sent)", "reject", "proceed"},
          per_version{2, "(not sent)", "(not sent)", "proceed"}}) {
        rehearsal mta(make_filter(author()), mta_profile::postfix(one.protocol));
        EXPECT_EQ(mta.agreed().version, one.protocol);
        EXPECT_EQ(mta.unknown("VRFY"), one.unknown);
        mta.mail("<a>");
        EXPECT_EQ(mta.data(), one.data);
        EXPECT_EQ(mta.header("A: b"), one.header);
        EXPECT_EQ(mta.body("skip"), one.protocol == 6 ? "skip" : "proceed");
    }
    EXPECT_THROW(mta_profile::postfix(5), std::logic_error);
}

struct wants_leading_space {
    static constexpr extra extras = extra::leading_space;
    lines* seen;
    void on_header(connection&, message<>&, header_event const& event) { seen->emplace_back(event.value); }
    message_verdict on_eom(connection&, message<>&, eom_actions<edit::add_header>& actions) {
        bool const all = actions.add_header("X-A", verbatim("b")) && actions.add_header("X-B", "c");
        return all ? message_verdict(proceed) : message_verdict(tempfail);
    }
};

// MP-093
TEST(rehearsal, leading_space_is_shown_and_written_as_agreed) {
    for (auto const protocol : {6U, 4U}) {
        lines seen;
        rehearsal mta(make_filter(wants_leading_space{&seen}), mta_profile::postfix(protocol));
        mta.mail("<a>");
        mta.header("A: b");
        mta.header("A:b");
        bool const agreed = protocol == 6;
        EXPECT_EQ(seen, (agreed ? lines{" b", "b"} : lines{"b", "b"}));
        auto const end = mta.end_of_message();
        EXPECT_EQ(end.edits.at(0), agreed ? "add_header X-A:b" : "add_header X-A: b");
        EXPECT_EQ(end.edits.at(1), "add_header X-B: c");
    }
}

TEST(rehearsal, the_client_s_address) {
    struct keeps_address {
        std::string* seen;
        void on_connect(connection& peer, connect_event const& event) {
            *seen = std::string(event.address) + ' ' +
                    (peer.peer_address() ? peer.peer_address()->to_string() : "none") + ' ' +
                    std::to_string(peer.peer_port());
        }
    };
    std::string seen;
    for (auto const& [address, expected] : std::initializer_list<std::pair<char const*, char const*>>{
             {"192.0.2.1", "192.0.2.1 192.0.2.1 49152"},
             {"2001:db8::1", "2001:db8::1 2001:db8::1 49152"},
             {"unix:/run/x", "/run/x none 0"},
             {"unknown", " none 0"}}) {
        rehearsal mta(make_filter(keeps_address{&seen}));
        mta.connect("client.example.org", address);
        EXPECT_EQ(seen, expected);
    }
}

// ---- callbacks that wait ----

class waits {
public:
    explicit waits(lines* told) : told_(told) {}
    task<message_verdict> on_mail(connection&, message<>&, mail_event const& event) {
        auto const here = co_await boost::asio::this_coro::executor;
        boost::asio::steady_timer timer(here, event.path == "<slow>" ? 1h : 1ms);
        co_await timer.async_wait(boost::asio::use_awaitable);
        told_->push_back("waited");
        co_return tempfail;
    }
    task<message_verdict> on_eom(connection&, message<>&) { co_return proceed; }
    task<void> on_abort(connection&, message<>&) {
        told_->push_back("abort");
        co_return;
    }
    task<void> on_close(connection&) {
        told_->push_back("close");
        co_return;
    }

private:
    lines* told_;
};

TEST(rehearsal, tasks_are_awaited) {
    lines told;
    rehearsal mta(make_filter(waits(&told)));
    EXPECT_EQ(mta.mail("<a>"), "tempfail");
    EXPECT_EQ(told, (lines{"waited"}));
}

TEST(rehearsal, a_task_is_cancelled_if_the_mta_aborts_vanishes_or_does_not_wait) {
    lines told;
    rehearsal mta(make_filter(waits(&told)));
    mta.abort_after(5ms);
    EXPECT_EQ(mta.mail("<slow>"), "(too late)");
    EXPECT_EQ(std::exchange(told, {}), (lines{"abort"}));
    EXPECT_EQ(mta.mail("<a>"), "tempfail");
    mta.vanish_after(5ms);
    EXPECT_EQ(mta.mail("<slow>"), "(too late)");
    EXPECT_EQ(std::exchange(told, {}), (lines{"waited", "abort", "close"}));
    EXPECT_TRUE(mta.has_ended());
    EXPECT_TRUE(mta.thrown().empty());

    rehearsal_options options;
    options.answer_timeout = 5ms;
    rehearsal short_of_time(make_filter(waits(&told)), options);
    EXPECT_EQ(short_of_time.mail("<slow>"), "(too late)");
    EXPECT_EQ(told, (lines{"abort", "close"}));
}

struct throws_at_abort {
    task<message_verdict> on_mail(connection&, message<>&, mail_event const&) {
        auto const here = co_await boost::asio::this_coro::executor;
        boost::asio::steady_timer timer(here, 1h);
        co_await timer.async_wait(boost::asio::use_awaitable);
        co_return proceed;
    }
    task<void> on_abort(connection&, message<>&) {
        throw std::runtime_error("worse");
        co_return;
    }
};

// A callback that was cancelled ends by an exception, which is not the author's; the next one's is.
TEST(rehearsal, an_exception_after_a_task_that_was_cancelled_is_told) {
    rehearsal mta(make_filter(throws_at_abort()));
    mta.abort_after(5ms);
    EXPECT_EQ(mta.mail("<a>"), "(too late)");
    EXPECT_EQ(mta.thrown(), (lines{"worse"}));
}

struct never_ends {
    task<message_verdict> on_mail(connection&, message<>&, mail_event const&) {
        co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::disable_cancellation());
        auto const here = co_await boost::asio::this_coro::executor;
        boost::asio::steady_timer timer(here, 1h);
        co_await timer.async_wait(boost::asio::use_awaitable);
        co_return proceed;
    }
};

TEST(rehearsal, a_task_that_nothing_ends_is_a_fault) {
    rehearsal_options options;
    options.answer_timeout = 5ms;
    rehearsal mta(make_filter(never_ends()), options);
    EXPECT_THROW(mta.mail("<a>"), std::logic_error);
    EXPECT_EQ(mta.mail("<b>"), "(closed)");
}

struct negotiates_forever {
    std::shared_ptr<int> life = std::make_shared<int>();
    task<negotiate_verdict> on_negotiate(connection&, negotiation&) {
        co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::disable_cancellation());
        auto const here = co_await boost::asio::this_coro::executor;
        boost::asio::steady_timer timer(here, 1h);
        co_await timer.async_wait(boost::asio::use_awaitable);
        co_return proceed;
    }
};

TEST(rehearsal, one_that_cannot_begin_leaves_nothing_behind) {
    negotiates_forever author;
    std::weak_ptr<int> const life = author.life;
    rehearsal_options options;
    options.answer_timeout = 5ms;
    EXPECT_THROW(rehearsal(make_filter(std::move(author)), options), std::logic_error);
    EXPECT_TRUE(life.expired());
}

TEST(rehearsal, a_loop_of_the_test_s_own) {
    lines told;
    boost::asio::io_context loop;
    rehearsal_options options;
    options.loop = &loop;
    rehearsal mta(make_filter(waits(&told)), options);
    EXPECT_TRUE(mta.executor() == boost::asio::any_io_executor(loop.get_executor()));
    EXPECT_EQ(mta.mail("<a>"), "tempfail");
}

// ---- time ----

/// Takes its time everywhere, and remembers its clients for five minutes.
class slow_greylist {
public:
    task<session_verdict> on_helo(connection&, helo_event const&) {
        co_await sleep_for(3s);
        co_return proceed;
    }
    task<message_verdict> on_mail(connection&, message<>&, mail_event const& event) {
        auto const here = co_await boost::asio::this_coro::executor;
        auto const now = time_on(here);
        auto const [seen, is_new] = first_seen_.emplace(event.path, now);
        co_return now - seen->second < 5min ? message_verdict(tempfail) : message_verdict(proceed);
    }
    task<message_verdict> on_rcpt(connection&, message<>&, rcpt_event const&) {
        auto const here = co_await boost::asio::this_coro::executor;
        boost::asio::steady_timer answer(here, boost::asio::steady_timer::time_point::max());
        timer limit(here);
        limit.call_after(5s, [&answer] { answer.cancel(); });
        auto const [gave_up] = co_await answer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        co_return gave_up ? message_verdict(tempfail) : message_verdict(proceed);
    }

private:
    std::map<std::string, steady_time, std::less<>> first_seen_;
};

TEST(rehearsal_time, passes_while_a_callback_waits_for_it) {
    rehearsal mta(make_filter(slow_greylist()));
    EXPECT_EQ(mta.helo("client.example.org"), "proceed");
    EXPECT_EQ(mta.elapsed(), 3s);
}

TEST(rehearsal_time, is_advanced_between_commands) {
    rehearsal mta(make_filter(slow_greylist()));
    EXPECT_EQ(mta.mail("<a>"), "tempfail");
    mta.advance(5min - 1ms);
    EXPECT_EQ(mta.mail("<a>"), "tempfail");
    mta.advance(1ms);
    EXPECT_EQ(mta.mail("<a>"), "proceed");
    EXPECT_EQ(mta.elapsed(), 5min);
}

TEST(rehearsal_time, ends_what_a_callback_limits) {
    rehearsal mta(make_filter(slow_greylist()));
    mta.mail("<a>");
    mta.advance(5min);
    EXPECT_EQ(mta.mail("<a>"), "proceed");
    EXPECT_EQ(mta.rcpt("<b>"), "tempfail");
    EXPECT_EQ(mta.elapsed(), 5min + 5s);
}

struct thinks_for_an_hour {
    task<message_verdict> on_eom(connection&, message<>&) {
        co_await sleep_for(1h);
        co_return proceed;
    }
};

TEST(rehearsal_time, in_which_the_mta_waits_is_the_same) {
    rehearsal mta(make_filter(thinks_for_an_hour()));
    mta.mail("<a>");
    EXPECT_EQ(mta.end_of_message(), "(too late)");
    EXPECT_EQ(mta.elapsed(), 10s);
    rehearsal other(make_filter(thinks_for_an_hour()));
    other.mail("<a>");
    other.abort_after(30min);
    EXPECT_EQ(other.end_of_message(), "(too late)");
    EXPECT_EQ(other.elapsed(), 30min);
    EXPECT_FALSE(other.has_ended());
}

TEST(rehearsal_time, on_a_lent_loop_is_the_loop_s) {
    boost::asio::io_context loop;
    rehearsal_options options;
    options.loop = &loop;
    rehearsal in_truth(make_filter(slow_greylist()), options);
    EXPECT_THROW(in_truth.advance(1s), std::logic_error);

    boost::asio::io_context other;
    virtual_time time(other);
    options.loop = &other;
    rehearsal mta(make_filter(slow_greylist()), options);
    time.advance(1min);
    EXPECT_EQ(mta.helo("client.example.org"), "proceed");
    EXPECT_EQ(mta.elapsed(), 1min + 3s);
}

TEST(rehearsal_time, is_advanced_in_a_text) {
    auto const script = R"(
        > mail <a>
        < tempfail
        > advance 300000
        > mail <a>
        < proceed
    )";
    EXPECT_EQ(rehearse(make_filter(slow_greylist()), script), script);
}

struct refuses_to_negotiate {
    negotiate_verdict on_negotiate(connection&, negotiation&) { return reject; }
};

TEST(rehearsal, a_filter_that_refuses_to_negotiate) {
    rehearsal mta(make_filter(refuses_to_negotiate()));
    EXPECT_TRUE(mta.has_ended());
    mta.quit();
    mta.vanish();
}

// ---- faults of the test ----

TEST(rehearsal, what_no_mta_would_send_is_a_fault_of_the_test) {
    rehearsal mta(make_filter(author()));
    EXPECT_THROW(mta.rcpt("<b>"), std::logic_error);
    EXPECT_THROW(mta.connect("x", "nowhere"), std::logic_error);
    mta.mail("<a>");
    EXPECT_THROW(mta.body(""), std::logic_error);
    EXPECT_THROW(mta.header("no colon"), std::logic_error);
    mta.body("x");
    EXPECT_THROW(mta.header("A: b"), std::logic_error);
    mta.end_of_message();
    EXPECT_THROW(mta.end_of_message(), std::logic_error);
}

// ---- text ----

TEST(rehearse, a_conversation_that_goes_as_it_is_written) {
    auto const script = R"(
        # Everything that can be said.
        > define {tls_version} TLSv1.3
        > connect client.example.org 192.0.2.1 1234
        < proceed
        > helo client.example.org
        < proceed
        > unknown VRFY x
        < reject
        > mail <refused>
        < 550 5.7.1 100% refused
        > mail <edits> SIZE=1 BODY=8BITMIME
        < proceed
        > rcpt <ghost>
        < 550 5.1.1 No such recipient
        > rcpt <b> NOTIFY=NEVER
        < proceed
        > data
        < proceed
        > header Subject: folded\n\tvalue
        < (no answer)
        > eoh
        < (not sent)
        > body Hello\r\n\x41\\
        < proceed

        > abort
        > mail <throws>
        ! broken
        < tempfail
        > mail <aborts-badly>
        < proceed
        > abort
        ! worse
        > next_client
        > connect client.example.org unknown
        < proceed
        > mail <a>
        < proceed
        > vanish
        > mail <a>
        < (closed)
    )";
    EXPECT_EQ(rehearse(make_filter(author()), script), script);
}

struct one_edit {
    message_verdict on_eom(connection&, message<>&, eom_actions<edit::add_header>& actions) {
        return actions.add_header("X-A", "b") ? message_verdict(proceed) : message_verdict(tempfail);
    }
};

TEST(rehearse, what_happens_takes_the_place_of_what_is_written) {
    EXPECT_EQ(rehearse(make_filter(one_edit()), "> mail <a>\n< reject\n> eom\n+ quarantine x\n> quit"),
              "> mail <a>\n< (not sent)\n> eom\n+ add_header X-A: b\n< proceed\n> quit");
    EXPECT_EQ(rehearse(make_filter(one_edit()), ""), "");
}

TEST(rehearse, an_mta_that_does_not_wait) {
    lines told;
    auto const script =
        "> abort_after 5\n> mail <slow>\n< (too late)\n> vanish_after 5\n> mail <slow>\n< (too late)\n";
    EXPECT_EQ(rehearse(make_filter(waits(&told)), script), script);
    EXPECT_EQ(told, (lines{"abort", "abort", "close"}));
}

TEST(rehearse, a_line_that_cannot_be_read_is_a_fault_of_the_test) {
    for (auto const* line : {"> hello", "> connect x nowhere", "> connect x 192.0.2.1 port", "> body \\q",
                             "> body x\\", "> body \\x4", "> abort_after soon"}) {
        EXPECT_THROW(rehearse(make_filter(author()), std::string("> mail <a>\n") + line), std::logic_error)
            << line;
    }
}

}  // namespace
}  // namespace milterproto
