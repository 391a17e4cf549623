#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "milterproto/support/packets.hpp"
#include "milterproto/support/running_server.hpp"

/// Callbacks that wait: they are cancelled when nobody wants their verdict any more, and the MTA is kept
/// patient while it does.
namespace milterproto {
namespace {

using namespace std::chrono_literals;
using test::journal;
using test::mta;
using test::negotiated_with;
using test::running_server;
using test::temporary_folder;
using test::time_is;
using lines = std::vector<std::string>;

/// Longer than any test: a callback that waits for it has to be cancelled.
constexpr auto forever = 1h;

/// Waits in every callback for a message, and tells how the wait ended.
class waits {
public:
    explicit waits(journal& into) : seen_(&into) {}

    task<message_verdict> on_mail(connection&, message<>&, mail_event const& event) {
        if (event.path == "<slow>") co_await wait("mail");
        seen_->write("mail " + std::string(event.path) + " done");
        co_return proceed;
    }
    task<> on_header(connection&, message<>&, header_event const& event) {
        if (event.name == "Slow") co_await wait("header");
        seen_->write("header " + std::string(event.name) + " done");
    }
    task<message_verdict> on_eom(connection&, message<>& now) {
        if (now.sender() == "<slow end>") co_await wait("eom");
        co_return accept_now;
    }
    void on_abort(connection&, message<>& now) { seen_->write("abort " + now.sender()); }
    void on_close(connection&) { seen_->write("close"); }

private:
    task<> wait(std::string what) {
        seen_->write(what + " waits");
        try {
            co_await sleep_for(forever);
        } catch (boost::system::system_error const& e) {
            seen_->write(what +
                         (e.code() == boost::asio::error::operation_aborted ? " cancelled" : " failed"));
            throw;
        }
    }
    journal* seen_;
};

TEST(cancel, when_the_mta_vanishes) {
    journal seen;
    running_server server([&] { return make_filter(waits(seen)); });
    {
        auto peer = negotiated_with(server);
        peer.send(packets::mail("<slow>"));
        ASSERT_TRUE(seen.has("mail waits"));
    }
    ASSERT_TRUE(seen.has("close"));
    EXPECT_EQ(seen.lines(), (lines{"mail waits", "mail cancelled", "abort <slow>", "close"}));
    EXPECT_TRUE(server.journal().has("ended: the peer closed the connection"));
    for (auto const& line : server.journal().lines()) EXPECT_FALSE(line.starts_with("exception")) << line;
}

// MP-171: the end of the message was told, so no abort is
TEST(cancel, when_the_mta_vanishes_at_the_end_of_a_message) {
    journal seen;
    running_server server([&] { return make_filter(waits(seen)); });
    {
        auto peer = negotiated_with(server);
        peer.ask(packets::mail("<slow end>"));
        peer.send(packets::end_of_message());
        ASSERT_TRUE(seen.has("eom waits"));
    }
    ASSERT_TRUE(seen.has("close"));
    EXPECT_EQ(seen.lines(), (lines{"mail <slow end> done", "eom waits", "eom cancelled", "close"}));
}

TEST(cancel, when_the_mta_aborts_and_the_next_message_is_a_fresh_one) {
    journal seen;
    running_server server([&] { return make_filter(waits(seen)); });
    auto peer = negotiated_with(server);
    peer.ask(packets::mail("<first>"));
    peer.send(packets::header("Slow", "x"));
    ASSERT_TRUE(seen.has("header waits"));
    peer.send(packets::header("Next", "x"));  // comes while the callback waits, and is shown after it
    peer.send(packets::abort());
    ASSERT_TRUE(seen.has("abort <first>"));
    EXPECT_EQ(peer.ask(packets::mail("<second>")), "c");
    EXPECT_EQ(peer.ask(packets::end_of_message()), "a");
    EXPECT_EQ(seen.lines(), (lines{"mail <first> done", "header waits", "header cancelled",
                                   "header Next done", "abort <first>", "mail <second> done"}));
    // A second wait on the same connection is cancelled as well as the first.
    peer.send(packets::mail("<slow>") + packets::quit());
    ASSERT_TRUE(seen.has("close"));
    EXPECT_EQ(seen.lines().back(), "close");
    EXPECT_TRUE(seen.has("mail cancelled"));
}

TEST(cancel, a_callback_may_finish_what_it_began) {
    struct stubborn {
        journal* seen;
        task<message_verdict> on_mail(connection&, message<>&, mail_event const&) {
            seen->write("waits");
            boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, forever);
            auto const [ended] = co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
            seen->write(ended ? "told" : "not told");
            co_return reject;
        }
        void on_abort(connection&, message<>&) { seen->write("abort"); }
        void on_close(connection&) { seen->write("close"); }
    };
    journal seen;
    running_server server([&] { return make_filter(stubborn{&seen}); });
    auto peer = negotiated_with(server);
    peer.send(packets::mail());
    ASSERT_TRUE(seen.has("waits"));
    peer.send(packets::abort());
    EXPECT_EQ(peer.reply(), "r");  // its verdict stands, so nothing is left to abort
    peer.send(packets::quit());
    ASSERT_TRUE(seen.has("close"));
    EXPECT_EQ(seen.lines(), (lines{"waits", "told", "close"}));
}

TEST(cancel, not_for_more_of_the_same_message) {
    struct brief {
        journal* seen;
        task<> on_header(connection&, message<>&, header_event const& event) {
            co_await sleep_for(3s);
            seen->write(std::string(event.name));
        }
        message_verdict on_eom(connection&, message<>&) { return accept_now; }
    };
    journal seen;
    temporary_folder const folder;
    running_server server([&] { return make_filter(brief{&seen}); }, {}, "unix:" + (folder / "milter"),
                          time_is::simulated);
    auto peer = negotiated_with(server);
    peer.send(packets::header("One", ""));
    server.settle();
    server.pass(2s);
    peer.send(packets::header("Two", "") + packets::end_of_message().substr(0, 3));
    server.settle();  // the first is still waited for
    EXPECT_EQ(seen.lines(), lines());
    server.pass(4s);
    EXPECT_EQ(seen.lines(), (lines{"One", "Two"}));
    EXPECT_EQ(peer.ask(packets::end_of_message().substr(3)), "a");
}

// A task that ends at once leaves the end of its coroutine to the next turn of the loop; the one that follows
// in the same turn must be cancelled all the same.
TEST(cancel, right_after_a_task_that_did_not_wait) {
    struct notes_the_body {
        journal* seen;
        task<> on_body(connection&, message<>&, body_event const&) { co_return; }
        task<message_verdict> on_eom(connection&, message<>&) {
            seen->write("eom waits");
            co_await sleep_for(forever);
            co_return accept_now;
        }
        void on_close(connection&) { seen->write("close"); }
    };
    journal seen;
    temporary_folder const folder;
    running_server server([&] { return make_filter(notes_the_body{&seen}); }, {},
                          "unix:" + (folder / "milter"));
    {
        auto peer = negotiated_with(server);
        int const more = 400'000;
        ::setsockopt(peer.descriptor(), SOL_SOCKET, SO_SNDBUF, &more, sizeof more);
        auto const body = packets::body(std::string(65531, 'x'));
        // Four of them are one read of the server's, which finds that there is more.
        auto const bytes = body + body + body + body + packets::end_of_message();
        auto const sent = server.run([&] { return peer.send_some(bytes); });
        peer.send(bytes.substr(sent));
        ASSERT_TRUE(seen.has("eom waits"));
    }
    EXPECT_TRUE(seen.has("close"));
}

// Nobody runs the loop to its end: what waits goes with it.
TEST(cancel, what_waits_is_destroyed_with_its_loop) {
    struct counted {
        explicit counted(std::shared_ptr<int> one) : life(std::move(one)) {}
        std::shared_ptr<int> life;
        task<message_verdict> on_mail(connection&, message<>&, mail_event const&) {
            co_await sleep_for(forever);
            co_return proceed;
        }
    };
    auto const life = std::make_shared<int>(0);
    temporary_folder const folder;
    auto const where = *socket_spec::parse("unix:" + (folder / "milter"));
    {
        boost::asio::io_context context;
        server one(context.get_executor(), [&] { return make_filter(counted(life)); }, {}, nullptr);
        ASSERT_TRUE(one.listen(where));
        one.start();
        mta idle(where);
        mta busy(where);
        busy.send(packets::offer() + packets::mail());
        while (one.busy() == 0) context.run_one();
        EXPECT_EQ(one.connections(), 2U);
        EXPECT_EQ(life.use_count(), 3);
    }
    EXPECT_EQ(life.use_count(), 1);
}

TEST(a_slow_callback, does_not_hold_back_earlier_answers) {
    journal seen;
    running_server server([&] { return make_filter(waits(seen)); });
    auto peer = negotiated_with(server);
    peer.send(packets::mail("<fast>") + packets::mail("<slow>"));
    EXPECT_EQ(peer.reply(), "c");
    EXPECT_TRUE(seen.has("mail waits"));
}

TEST(a_slow_callback, delays_no_other_connection) {
    journal seen;
    running_server server([&] { return make_filter(waits(seen)); });
    auto slow = negotiated_with(server);
    slow.send(packets::mail("<slow>"));
    ASSERT_TRUE(seen.has("mail waits"));
    auto other = negotiated_with(server);
    EXPECT_EQ(other.ask(packets::mail("<other>")), "c");
}

// ---- progress ----

/// Slow everywhere, and changes the message at its end.
struct slow_editor {
    task<message_verdict> on_mail(connection&, message<>&, mail_event const&) {
        co_await sleep_for(12s);
        co_return proceed;
    }
    task<message_verdict> on_eom(connection&, message<>&,
                                 eom_actions<edit::add_header | edit::body>& actions) {
        EXPECT_TRUE(actions.add_header("X-First", "1"));
        EXPECT_TRUE(actions.replace_body("one\r\n"));
        co_await sleep_for(23s);
        EXPECT_TRUE(actions.replace_body("two\r\n"));
        EXPECT_TRUE(actions.add_header("X-Second", "2"));
        co_return accept_now;
    }
};

// MP-253, MP-217, MP-229, peculiarity D25
TEST(progress, is_told_while_the_end_of_message_is_slow_and_only_then) {
    temporary_folder const folder;
    running_server server([] { return make_filter(slow_editor()); }, {}, "unix:" + (folder / "milter"),
                          time_is::simulated);
    auto peer = negotiated_with(server);
    peer.send(packets::mail());
    server.settle();
    server.pass(12s);
    EXPECT_EQ(peer.reply(), "c") << "no sign of progress before the end of the message";
    peer.send(packets::end_of_message());
    server.settle();
    EXPECT_EQ(peer.reply(), "hX-First");
    server.pass(4s);
    EXPECT_TRUE(peer.hears_nothing()) << "5 s are not over";
    server.pass(2s);
    EXPECT_EQ(peer.reply(), "p");
    EXPECT_TRUE(peer.hears_nothing()) << "once in 5 s";
    server.pass(17s);
    std::string letters;
    std::string body;
    while (letters.empty() || letters.back() != 'a') {
        auto const reply = peer.reply();
        ASSERT_NE(reply, "closed");
        letters.push_back(reply.front());
        if (reply.front() == 'b') body += reply.substr(1);
    }
    EXPECT_EQ(letters, "ppphba") << "at 10, 15 and 20 s";
    EXPECT_EQ(body, "one\r\ntwo\r\n");
}

// MP-253: the server looks at its sessions several times before it cuts off the other one
TEST(progress, is_told_at_each_interval_and_not_whenever_the_server_looks) {
    struct ends_when_told {
        task<message_verdict> on_eom(connection&, message<>&, eom_actions<edit::add_header>&) {
            boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, forever);
            *end = &timer;
            seen->write("eom waits");
            co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
            co_return accept_now;
        }
        journal* seen;
        boost::asio::steady_timer** end;
    };
    journal seen;
    boost::asio::steady_timer* end = nullptr;
    server_options options;
    options.progress_interval = forever;
    options.packet_timeout = 40ms;
    running_server server([&] { return make_filter(ends_when_told{&seen, &end}); }, options);
    auto peer = negotiated_with(server);
    peer.send(packets::end_of_message());
    ASSERT_TRUE(seen.has("eom waits"));
    mta other(server.where());
    other.send(packets::offer().substr(0, 6));
    ASSERT_TRUE(server.journal().has("ended: " + make_error_code(errc::packet_timeout).message()));
    server.run([&] { return end->cancel(); });
    EXPECT_EQ(peer.reply(), "a");
}

// MP-253
TEST(progress, can_be_told_by_the_filter_and_goes_out_at_once) {
    struct tells {
        task<message_verdict> on_eom(connection&, message<>&, eom_actions<edit::add_header>& actions) {
            EXPECT_TRUE(actions.add_header("X", "y"));
            EXPECT_TRUE(actions.progress());
            EXPECT_TRUE(actions.progress());
            co_await sleep_for(forever);
            co_return accept_now;
        }
    };
    running_server server([] { return make_filter(tells()); });
    auto peer = negotiated_with(server);
    peer.send(packets::end_of_message());
    EXPECT_EQ(peer.reply(), "hX");
    EXPECT_EQ(peer.reply(), "p");
    EXPECT_EQ(peer.reply(), "p");
}

// ---- edits that the MTA does not offer ----

struct adds_a_header {
    message_verdict on_eom(connection&, message<>&,
                           eom_actions<edit::add_header | edit::quarantine>& actions) {
        if (auto const added = actions.add_header("X", "y"); !added) {
            EXPECT_EQ(added.error(), errc::edit_not_agreed);
            return reject;
        }
        return accept_now;
    }
};

// MP-034
TEST(missing_edits, end_the_connection_or_the_filter_runs_without) {
    core::option_set const without{6, core::action::quarantine, core::step::all};
    running_server strict([] { return make_filter(adds_a_header()); });
    EXPECT_EQ(mta(strict.where()).ask(packets::offer(without)), "closed");

    server_options lenient;
    lenient.missing = missing_edits::run_without;
    running_server server([] { return make_filter(adds_a_header()); }, lenient);
    mta peer(server.where());
    EXPECT_EQ(peer.ask(packets::offer(without)).substr(0, 1), "O");
    EXPECT_EQ(peer.ask(packets::end_of_message()), "r");
}

// ---- a negotiation of the filter's own, which may take its time ----

TEST(negotiation, may_wait) {
    struct asks_first {
        task<negotiate_verdict> on_negotiate(connection&, negotiation& what) {
            co_await sleep_for(20ms);
            EXPECT_TRUE(what.ask_macros(macro_stage::connect, "j"));
            what.wanted_actions |= core::action::symbol_lists;
            if (what.offer().version == 2) co_return reject;
            co_return proceed;
        }
        message_verdict on_eom(connection& peer, message<>&) {
            return peer.macro("j") == "mx.example.org" ? message_verdict(accept_now)
                                                       : message_verdict(reject);
        }
    };
    running_server server([] { return make_filter(asks_first()); });
    auto peer = negotiated_with(server);
    peer.send(packets::macros('C', {"j", "mx.example.org"}));
    EXPECT_EQ(peer.ask(packets::end_of_message()), "a");
    EXPECT_EQ(mta(server.where()).ask(packets::offer({2, core::action::all, 0x7f})), "closed");
}

}  // namespace
}  // namespace milterproto
