#include "milterproto/server.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fstream>
#include <list>
#include <stdexcept>

#include "milterproto/support/packets.hpp"
#include "milterproto/support/running_server.hpp"
#include "support/cannot_run.hpp"

namespace milterproto {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using namespace std::string_view_literals;
using test::journal;
using test::mta;
using test::negotiated_with;
using test::running_server;
using test::temporary_folder;
using test::time_is;

/// Writes down what it sees and lets everything pass but `<refused>`.
class witness {
public:
    explicit witness(journal& into) : journal_(&into) {}

    task<session_verdict> on_connect(connection& peer, connect_event const&) {
        journal_->write("connect " + peer.peer_name() + " helo=" + peer.helo());
        co_return proceed;
    }
    task<session_verdict> on_helo(connection& peer, helo_event const&) {
        journal_->write("helo " + peer.helo());
        co_return proceed;
    }
    task<message_verdict> on_mail(connection&, message<>& now, mail_event const&) {
        journal_->write("mail " + now.sender());
        co_return proceed;
    }
    task<message_verdict> on_rcpt(connection&, message<>&, rcpt_event const& event) {
        if (event.path == "<refused>") co_return smtp_reply::make(550, "5.1.1", "100% unknown").value();
        co_return proceed;
    }
    task<message_verdict> on_eom(connection&, message<>& now) {
        std::string line = "eom " + now.sender();
        for (auto const& one : now.recipients()) line += ' ' + one;
        journal_->write(line);
        co_return accept_now;
    }
    task<void> on_abort(connection&, message<>& now) {
        journal_->write("abort " + now.sender());
        co_return;
    }
    task<void> on_close(connection&) {
        journal_->write("close");
        co_return;
    }

private:
    journal* journal_;
};

/// A server of witnesses, which write into a journal that outlives them.
class watched {
public:
    explicit watched(server_options options = {}, std::string_view where = "inet:0@127.0.0.1")
        : server_([this] { return make_filter(witness(seen_)); }, std::move(options), where) {}
    running_server& server() { return server_; }
    journal& seen() { return seen_; }
    journal& log() { return server_.journal(); }

private:
    journal seen_;
    running_server server_;
};

void send_two_messages(running_server& server) {
    auto peer = negotiated_with(server);
    EXPECT_EQ(peer.ask(packets::connect("client.example.org")), "c");
    EXPECT_EQ(peer.ask(packets::helo("client.example.org")), "c");
    for (auto const* sender : {"<one>", "<two>"}) {
        EXPECT_EQ(peer.ask(packets::mail(sender)), "c");
        EXPECT_EQ(peer.ask(packets::rcpt("<refused>")), "y550 5.1.1 100%% unknown");
        EXPECT_EQ(peer.ask(packets::rcpt("<b>")), "c");
        EXPECT_EQ(peer.ask(packets::end_of_message()), "a");
        peer.send(packets::abort());  // as Postfix does after every message
    }
    peer.send(packets::quit());
    EXPECT_EQ(peer.reply(), "closed");
}

using lines = std::vector<std::string>;

// MP-126, MP-143, MP-147
TEST(server, two_messages_on_one_connection_by_inet) {
    watched filter;
    send_two_messages(filter.server());
    EXPECT_TRUE(filter.log().has("ended"));
    EXPECT_EQ(filter.seen().lines(),
              (lines{"connect client.example.org helo=", "helo client.example.org", "mail <one>",
                     "eom <one> <b>", "mail <two>", "eom <two> <b>", "close"}));
}

// MP-257
TEST(server, two_messages_on_one_connection_by_unix_socket) {
    temporary_folder const folder;
    watched filter({}, "unix:" + (folder / "milter"));
    send_two_messages(filter.server());
    EXPECT_TRUE(filter.log().has("ended"));
    EXPECT_TRUE(filter.seen().has("close"));
}

// MP-150
TEST(server, the_next_smtp_connection_inherits_nothing) {
    watched filter;
    auto peer = negotiated_with(filter.server());
    EXPECT_EQ(peer.ask(packets::connect("one.example.org")), "c");
    EXPECT_EQ(peer.ask(packets::helo("one.example.org")), "c");
    peer.send(packets::raw('K'));
    EXPECT_EQ(peer.ask(packets::connect("two.example.org")), "c");
    EXPECT_TRUE(filter.seen().has("connect two.example.org helo="));
}

// ---- time ----

/// A server whose time the test moves, on a unix socket: what was sent there has come.
class time_out : public testing::Test {
protected:
    running_server& serve(server::factory make) {
        server_.emplace(std::move(make), options_, "unix:" + (folder_ / "milter"), time_is::simulated);
        return *server_;
    }
    running_server& serve_witnesses() {
        return serve([this] { return make_filter(witness(seen_)); });
    }
    /// Sends, and lets the server read it for itself.
    void send(mta& peer, std::string_view bytes) {
        peer.send(bytes);
        server_->settle();
    }
    /// The server looks at its clock once a second, and cuts nobody short.
    void expect_end(mta& peer, std::chrono::seconds limit, std::string const& why) {
        server_->pass(limit);
        EXPECT_TRUE(peer.hears_nothing());
        server_->pass(3s);
        EXPECT_EQ(peer.reply(), "closed");
        EXPECT_TRUE(server_->journal().has("ended: " + why));
    }

    temporary_folder const folder_;
    server_options options_;
    journal seen_;
    std::optional<running_server> server_;
};

TEST_F(time_out, negotiation) {
    mta peer(serve_witnesses().where());
    server_->settle();
    expect_end(peer, 10s, "no negotiation in time");
    EXPECT_EQ(seen_.lines(), (lines{"close"}));
}

TEST_F(time_out, a_negotiation_that_drips_gains_no_time) {
    mta peer(serve_witnesses().where());
    auto const offer = packets::offer();
    for (std::size_t i = 0; i != 10; ++i) {
        send(peer, offer.substr(i, 1));
        server_->pass(1s);
    }
    EXPECT_TRUE(peer.hears_nothing());
    send(peer, offer.substr(10, 1));
    server_->pass(3s);
    EXPECT_EQ(peer.reply(), "closed");
    EXPECT_TRUE(server_->journal().has("ended: no negotiation in time"));
}

// MP-252
TEST_F(time_out, a_frame_that_does_not_end) {
    auto peer = negotiated_with(serve_witnesses());
    EXPECT_EQ(peer.ask(packets::mail("<a>")), "c");
    send(peer, packets::rcpt().substr(0, 7));
    expect_end(peer, 30s, "a frame did not end in time");
    EXPECT_EQ(seen_.lines(), (lines{"mail <a>", "abort <a>", "close"}));
}

TEST_F(time_out, a_frame_that_drips_gains_no_time) {
    auto peer = negotiated_with(serve_witnesses());
    auto const packet = packets::rcpt();
    for (std::size_t i = 0; i != 6; ++i) {
        send(peer, packet.substr(i, 1));
        server_->pass(5s);
    }
    EXPECT_TRUE(peer.hears_nothing());
    send(peer, packet.substr(6, 1));
    server_->pass(3s);
    EXPECT_EQ(peer.reply(), "closed");
    EXPECT_TRUE(server_->journal().has("ended: a frame did not end in time"));
}

TEST_F(time_out, a_long_stream_of_frames_is_not_one_slow_frame) {
    auto peer = negotiated_with(serve_witnesses());
    auto const packet = packets::helo("x");
    send(peer, packet.substr(0, 1));
    for (int i = 0; i != 15; ++i) {  // never between two frames
        server_->pass(5s);
        EXPECT_EQ(peer.ask(packet.substr(1) + packet.substr(0, 1)), "c");
    }
}

// MP-251, MP-252
TEST_F(time_out, an_mta_that_says_nothing) {
    EXPECT_EQ(server_options().idle_timeout, 7210s);
    auto peer = negotiated_with(serve_witnesses());
    expect_end(peer, 7210s, "nothing came in time");
}

TEST_F(time_out, a_callback_may_take_longer_than_the_mta_may) {
    struct slow {
        task<message_verdict> on_mail(connection&, message<>&, mail_event const&) {
            co_await sleep_for(200s);
            co_return reject;
        }
    };
    options_.idle_timeout = 100s;
    auto peer = negotiated_with(serve([] { return make_filter(slow()); }));
    auto const packet = packets::mail();
    send(peer, packet.substr(0, 6));  // so that the frame arrives in two pieces and its time runs
    send(peer, packet.substr(6));
    server_->pass(200s);
    EXPECT_EQ(peer.reply(), "r");
}

TEST_F(time_out, the_time_of_a_loop_that_stands_still_is_nobodys) {
    struct blocks {
        std::function<void()>* blocking;
        message_verdict on_mail(connection&, message<>&, mail_event const&) {
            (*blocking)();
            return proceed;
        }
    };
    options_.idle_timeout = 10s;
    std::function<void()> blocking;
    auto peer = negotiated_with(serve([&] { return make_filter(blocks{&blocking}); }));
    mta other(server_->where());
    server_->settle();
    blocking = [&] {
        other.send(packets::offer());
        server_->time().pass_blocked(60s);
    };
    EXPECT_EQ(peer.ask(packets::mail()), "c");
    EXPECT_EQ(other.reply().substr(0, 1), "O") << "it came at once, and was not looked at";
}

// MP-266
TEST_F(time_out, a_peer_that_never_reads) {
    struct talkative {
        std::string text = std::string(980, 'x');
        task<session_verdict> on_unknown(connection&, unknown_event const&) {
            co_return smtp_reply::make(550, "5.7.1", text + '\n' + text + '\n' + text).value();
        }
    };
    auto peer = negotiated_with(serve([] { return make_filter(talkative()); }));
    // Long commands, because all that one read brings is answered before anything is written.
    std::string commands;
    for (int i = 0; i != 1'000; ++i) commands += packets::strings('U', {std::string(1'000, 'x')});
    std::string_view rest(commands);
    for (auto taken = peer.send_some(rest); taken != 0; taken = peer.send_some(rest)) {
        rest.remove_prefix(taken);
        server_->settle();
    }
    ASSERT_FALSE(rest.empty()) << "the server reads on";
    server_->pass(30s);
    EXPECT_EQ(server_->journal().lines(), (lines{"accepted"}));
    server_->pass(3s);
    EXPECT_TRUE(server_->journal().has("ended: the peer does not read"));
}

// ---- bad peers ----

// MP-003, MP-165
TEST(bad_peer, what_was_answered_before_its_fault_is_still_sent) {
    watched filter;
    for (auto const& fault : {packets::raw('Z'), packets::offer(), packets::quit()}) {
        mta peer(filter.server().where());
        peer.send(packets::offer() + packets::mail() + fault);
        EXPECT_EQ(peer.reply().substr(0, 1), "O");
        EXPECT_EQ(peer.reply(), "c");
        EXPECT_EQ(peer.reply(), "closed");
    }
}

TEST(bad_peer, garbage_ends_its_own_connection_alone) {
    watched filter;
    auto good = negotiated_with(filter.server());
    EXPECT_EQ(good.ask(packets::mail("<good>")), "c");
    for (auto const& garbage : {"GET / HTTP/1.0\r\n\r\n"s, "EHLO x\r\n"s, "\0\0\0\0"s, "\xff\xff\xff\xff"s,
                                packets::raw('Z'), packets::mail("<early>"), packets::raw('O', "short")}) {
        mta bad(filter.server().where());
        EXPECT_EQ(bad.ask(garbage), "closed");
    }
    EXPECT_TRUE(filter.log().has("ended: the peer speaks text, not the milter protocol", 2));
    EXPECT_TRUE(filter.log().has("ended: a frame of length 0"));
    EXPECT_TRUE(filter.log().has("ended: a command out of order"));
    EXPECT_EQ(good.ask(packets::rcpt("<b>")), "c");
    EXPECT_EQ(good.ask(packets::end_of_message()), "a");
}

// MP-014, MP-144
TEST(bad_peer, one_that_leaves_in_the_middle) {
    watched filter;
    {
        auto peer = negotiated_with(filter.server());
        EXPECT_EQ(peer.ask(packets::mail("<a>")), "c");
    }
    EXPECT_TRUE(filter.log().has("ended: the peer closed the connection"));
    {
        auto peer = negotiated_with(filter.server());
        peer.send(packets::mail("<b>").substr(0, 5));
    }
    EXPECT_TRUE(filter.log().has("ended: the connection ended inside a frame"));
    EXPECT_EQ(filter.seen().lines(), (lines{"mail <a>", "abort <a>", "close", "close"}));
}

// MP-266
TEST(bad_peer, a_reset_while_replies_are_under_way) {
    watched filter;
    {
        auto peer = negotiated_with(filter.server());
        linger const now{1, 0};
        ::setsockopt(peer.descriptor(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
        for (int i = 0; i != 100; ++i) peer.send(packets::helo());
    }
    EXPECT_TRUE(filter.log().has("ended: the peer closed the connection"));
    EXPECT_EQ(negotiated_with(filter.server()).ask(packets::helo()), "c");
}

TEST(bad_peer, too_many_connections_and_room_again) {
    server_options options;
    options.max_connections = 2;
    watched filter(options);
    auto first = negotiated_with(filter.server());
    {
        auto second = negotiated_with(filter.server());
        mta third(filter.server().where());
        EXPECT_EQ(third.reply(), "closed");
        EXPECT_TRUE(filter.log().has("refused: too many connections"));
        EXPECT_EQ(first.ask(packets::helo()), "c");
        second.send(packets::quit());
        EXPECT_EQ(second.reply(), "closed");
    }
    EXPECT_TRUE(filter.log().has("ended"));
    EXPECT_EQ(negotiated_with(filter.server()).ask(packets::helo()), "c");
}

TEST(bad_peer, clients_that_are_not_admitted) {
    server_options options;
    options.admits = [](boost::asio::ip::address const& client) { return !client.is_loopback(); };
    watched filter(options);
    mta peer(filter.server().where());
    EXPECT_EQ(peer.ask(packets::offer()), "closed");
    EXPECT_TRUE(filter.log().has("refused: client not allowed"));
}

// MP-165
TEST(server, 200_connections_at_once) {
    watched filter;
    std::vector<mta> peers;
    for (int i = 0; i != 200; ++i) peers.push_back(negotiated_with(filter.server()));
    for (auto& peer : peers)
        peer.send(packets::connect() + packets::helo() + packets::mail() + packets::rcpt());
    for (auto& peer : peers) {
        for (int i = 0; i != 4; ++i) EXPECT_EQ(peer.reply(), "c");
    }
    EXPECT_EQ(filter.server().run([&] { return filter.server().get().connections(); }), 200U);
    for (auto& peer : peers) EXPECT_EQ(peer.ask(packets::end_of_message()), "a");
    peers.clear();
    EXPECT_TRUE(filter.seen().has("close", 200));
}

// ---- callbacks that throw ----

TEST(author, an_exception_is_a_temporary_failure_of_its_message_alone) {
    struct throws {
        task<message_verdict> on_mail(connection&, message<>&, mail_event const& event) {
            if (event.path == "<odd>") throw 42;
            if (event.path == "<bad>") throw std::runtime_error("broken");
            co_return proceed;
        }
    };
    running_server server([] { return make_filter(throws()); });
    auto peer = negotiated_with(server);
    EXPECT_EQ(peer.ask(packets::mail("<bad>")), "t");
    EXPECT_EQ(peer.ask(packets::mail("<odd>")), "t");
    EXPECT_EQ(peer.ask(packets::mail("<good>")), "c");
    EXPECT_TRUE(server.journal().has("exception: broken"));
    EXPECT_TRUE(server.journal().has("exception: not a std::exception"));
}

TEST(author, an_exception_where_nothing_is_answered_fails_the_message_at_the_next_answer) {
    struct throws {
        task<void> on_header(connection&, message<>&, header_event const& field) {
            if (field.name == "Bad") throw std::runtime_error("broken");
            co_return;
        }
        task<message_verdict> on_eom(connection&, message<>&) { co_return accept_now; }
    };
    running_server server([] { return make_filter(throws()); });
    auto peer = negotiated_with(server);
    peer.send(packets::header("Bad", "1") + packets::header("Good", "1"));
    EXPECT_EQ(peer.ask(packets::end_of_message()), "t");
    peer.send(packets::header("Good", "1"));
    EXPECT_EQ(peer.ask(packets::end_of_message()), "a");
}

// Nothing is known of what the filter would have made of this client.
TEST(author, an_exception_at_an_unanswered_connect_fails_every_message) {
    struct throws {
        void on_connect(connection&, connect_event const&) { throw std::runtime_error("broken"); }
        message_verdict on_mail(connection&, message<>&, mail_event const&) { return proceed; }
        message_verdict on_eom(connection&, message<>&) { return accept_now; }
    };
    running_server server([] { return make_filter(throws()); });
    auto peer = negotiated_with(server);
    peer.send(packets::connect());
    EXPECT_EQ(peer.ask(packets::mail()), "t");
    EXPECT_EQ(peer.ask(packets::mail()), "t");
    EXPECT_TRUE(server.journal().has("exception: broken"));
    // Another client on the same connection is another matter, but fails again at connect.
    peer.send(packets::raw('K') + packets::connect());
    EXPECT_EQ(peer.ask(packets::mail()), "t");
    EXPECT_TRUE(server.journal().has("exception: broken", 2));
}

TEST(author, a_suppressed_verdict_takes_no_effect_and_is_reported) {
    struct decides_in_vain {
        journal* seen;
        static core::filter_wishes wishes() {
            core::filter_wishes wishes;
            wishes.wanted_steps = core::step::no_reply_rcpt;
            return wishes;
        }
        task<message_verdict> on_rcpt(connection&, message<>&, rcpt_event const&) { co_return reject; }
        task<message_verdict> on_eom(connection&, message<>& now) {
            seen->write(std::to_string(now.recipients().size()) + " recipients");
            co_return proceed;
        }
    };
    journal seen;
    running_server server([&] { return make_filter(decides_in_vain{&seen}); });
    auto peer = negotiated_with(server);
    EXPECT_EQ(peer.ask(packets::rcpt() + packets::end_of_message()), "c");
    EXPECT_TRUE(server.journal().has("misplaced verdict"));
    EXPECT_TRUE(seen.has("1 recipients"));
}

/// Asks for what every MTA has, and for what need not be there.
struct asks_for_macros {
    static constexpr macro_request macros[] = {{macro_stage::connect, "j {client_addr} {auth_authen}"}};
    session_verdict on_connect(connection&, connect_event const&) { return proceed; }
};

std::ptrdiff_t missing_macros_in(journal& told) {
    auto const all = told.lines();
    return std::ranges::count_if(all, [](auto const& line) { return line.starts_with("missing"); });
}

TEST(server, tells_of_a_missing_macro_once) {
    running_server server([] { return make_filter(asks_for_macros()); });
    for (int i = 0; i != 3; ++i) {
        mta peer(server.where());
        peer.ask(packets::offer());
        peer.send(packets::macros('C', {"j", "mx.example.org"}));
        EXPECT_EQ(peer.ask(packets::connect()), "c");
    }
    ASSERT_TRUE(server.journal().has("missing at connect: {client_addr}"));
    EXPECT_EQ(missing_macros_in(server.journal()), 1);
}

TEST(server, tells_of_so_many_missing_macros_and_no_more) {
    struct asks_for_others_each_time {
        negotiate_verdict on_negotiate(connection&, negotiation& what) {
            std::string names;
            for (int i = 0; i != 40; ++i) names += "{no_" + std::to_string(++*count) + "} ";
            EXPECT_TRUE(what.ask_macros(macro_stage::helo, names));
            return proceed;
        }
        session_verdict on_helo(connection&, helo_event const&) { return proceed; }
        int* count;
    };
    int count = 0;
    running_server server([&] { return make_filter(asks_for_others_each_time{&count}); });
    for (int i = 0; i != 2; ++i) {
        mta peer(server.where());
        peer.ask(packets::offer());
        EXPECT_EQ(peer.ask(packets::helo()), "c");
    }
    EXPECT_EQ(missing_macros_in(server.journal()), std::ptrdiff_t{limits::missing_macros});
}

TEST(server, tells_of_a_reply_that_the_client_cannot_read) {
    struct refuses {
        message_verdict on_mail(connection&, message<>&, mail_event const&) {
            return smtp_reply::make(550, "5.7.1", "\xc3\xa4 no").value();
        }
    };
    running_server server([] { return make_filter(refuses()); });
    mta peer(server.where());
    peer.ask(packets::offer());
    EXPECT_EQ(peer.ask(packets::strings('M', {"<a>", "SMTPUTF8"})), "y550 5.7.1 \xc3\xa4 no");
    EXPECT_EQ(peer.ask(packets::mail()), "y550 5.7.1 ? no");
    ASSERT_TRUE(server.journal().has("in ASCII: 550 5.7.1 \xc3\xa4 no"));
    auto const told = server.journal().lines();
    EXPECT_EQ(std::ranges::count(told, "in ASCII: 550 5.7.1 \xc3\xa4 no"), 1);
}

TEST(author, a_factory_without_a_filter_refuses_its_client) {
    running_server server([] { return std::unique_ptr<filter>(); });
    EXPECT_EQ(mta(server.where()).reply(), "closed");
    EXPECT_TRUE(server.journal().has("refused: the factory made no filter"));
}

TEST(author, a_factory_that_throws_refuses_one_client) {
    int calls = 0;
    running_server server([&]() -> std::unique_ptr<filter> {
        if (++calls == 1) throw std::runtime_error("no database");
        struct nothing {
            void on_close(connection&) {}
        };
        return make_filter(nothing());
    });
    mta first(server.where());
    EXPECT_EQ(first.reply(), "closed");
    EXPECT_TRUE(server.journal().has("refused: no database"));
    EXPECT_EQ(negotiated_with(server).ask(packets::end_of_message()), "c");
}

// ---- what an operator is told ----

std::string at(running_server& server) {
    return " at " + server.where().to_string();
}

TEST(told, who_met_an_exception_and_in_which_callback) {
    struct throws {
        message_verdict on_mail(connection&, message<>&, mail_event const& event) {
            if (event.path == "<bad>") throw std::runtime_error("no\nsuch table");
            return proceed;
        }
        task<message_verdict> on_rcpt(connection&, message<>&, rcpt_event const&) {
            co_await boost::asio::post(boost::asio::use_awaitable);
            throw 42;
        }
        void on_close(connection&) { throw std::runtime_error("too late"); }
    };
    running_server server([] { return make_filter(throws()); });
    mta first(server.where());
    first.ask(packets::offer());
    auto peer = negotiated_with(server);
    EXPECT_EQ(peer.ask(packets::mail("<bad>")), "t");
    EXPECT_EQ(peer.ask(packets::mail("<good>")), "c");
    EXPECT_EQ(peer.ask(packets::rcpt()), "t");
    peer.send(packets::quit());
    auto const who = "connection 2 from 127.0.0.1" + at(server);
    EXPECT_TRUE(server.lines().has(who + ": on_mail threw an exception: no\\nsuch table"));
    EXPECT_TRUE(server.lines().has(who + ": on_rcpt threw an exception: not a std::exception"));
    EXPECT_TRUE(server.lines().has(who + ": on_close threw an exception: too late"));
}

TEST(told, who_was_refused) {
    server_options options;
    options.admits = [](boost::asio::ip::address const&) { return false; };
    watched filter(options);
    mta peer(filter.server().where());
    EXPECT_EQ(peer.reply(), "closed");
    EXPECT_TRUE(filter.server().lines().has("a connection from 127.0.0.1" + at(filter.server()) +
                                            " was refused: client not allowed"));
}

TEST(told, which_process_called_a_unix_socket) {
    temporary_folder const folder;
    watched filter({}, "unix:" + (folder / "milter"));
    mta peer(filter.server().where());
    peer.send(packets::raw('Z'));
    EXPECT_EQ(peer.reply(), "closed");
    auto const us = "pid " + std::to_string(::getpid()) + ", uid " + std::to_string(::geteuid());
    EXPECT_TRUE(filter.server().lines().has("connection 1 from " + us + at(filter.server()) +
                                            " was ended: an unknown command"));
}

TEST(told, that_an_mta_lacks_what_the_filter_requires) {
    struct adds {
        message_verdict on_eom(connection&, message<>&, eom_actions<edit::add_header>&) { return accept_now; }
    };
    running_server server([] { return make_filter(adds()); });
    mta peer(server.where());
    EXPECT_EQ(peer.ask(packets::offer({6, core::action::quarantine, core::step::all})), "closed");
    EXPECT_TRUE(server.lines().has("connection 1 from 127.0.0.1" + at(server) +
                                   " was ended: the MTA does not offer what the filter requires"));
}

TEST(told, what_a_peer_said_that_is_no_mta) {
    temporary_folder const folder;
    watched filter({}, "unix:" + (folder / "milter"));
    auto const has_line_with = [&](std::string const& text) {
        auto const all = filter.server().lines().lines();
        return std::ranges::any_of(all, [&](auto const& line) { return line.ends_with(text); });
    };
    auto const hear = [&](std::vector<std::string> const& pieces) {
        mta peer(filter.server().where());
        for (auto const& piece : pieces) {
            peer.send(piece);
            filter.server().settle();
        }
        while (peer.reply() != "closed") {
        }
        filter.server().settle();
    };
    hear({"GET / HTTP/1.1\r\nHost: x\r\n\r\n"});
    EXPECT_TRUE(has_line_with(R"(it began with "GET / HTTP/1.1\r\nHost: x\r\n\r\n")"));
    hear({"E", "HL", "O x\r\n"});
    EXPECT_TRUE(has_line_with(R"(it began with "EHLO x\r\n")"));
    hear({"\x16\x03\x01\x02" + std::string(1000, '\xfc')});  // a client that begins TLS
    std::string shown = R"("\x16\x03\x01\x02)";
    for (int i = 0; i != 60; ++i) shown += R"(\xfc)";
    EXPECT_TRUE(has_line_with(shown + '"'));
    hear({packets::offer(), packets::raw('Z', "not shown")});  // an MTA, with a fault of its own
    EXPECT_TRUE(has_line_with("an unknown command"));
}

// The listener of both families hands IPv4 clients over with addresses of IPv6.
TEST(told, an_ipv4_client_by_its_ipv4_address_wherever_it_came_in) {
    server_options options;
    options.admits = [](boost::asio::ip::address const& client) {
        return client == boost::asio::ip::make_address("127.0.0.1");
    };
    boost::asio::io_context context;
    server probe(context.get_executor(), [] { return std::unique_ptr<filter>(); }, {}, nullptr);
    if (!probe.listen(*socket_spec::parse("inet6:0@::"))) CANNOT_RUN("no IPv6 here");
    watched filter(options, "inet6:0@::");
    mta peer(socket_spec::parse("inet:0@127.0.0.1")->with_port(filter.server().where().port()));
    EXPECT_EQ(peer.ask(packets::offer()).substr(0, 1), "O");
    peer.send(packets::raw('Z'));
    EXPECT_EQ(peer.reply(), "closed");
    EXPECT_TRUE(filter.server().lines().has("connection 1 from 127.0.0.1" + at(filter.server()) +
                                            " was ended: an unknown command"));
}

// ---- the end ----

// MP-174
TEST(end, stop_aborts_and_closes_every_session) {
    watched filter;
    auto idle = negotiated_with(filter.server());
    auto busy = negotiated_with(filter.server());
    EXPECT_EQ(busy.ask(packets::mail("<a>")), "c");
    filter.server().run([&] { filter.server().get().stop(); });
    EXPECT_EQ(idle.reply(), "closed");
    EXPECT_EQ(busy.reply(), "closed");
    EXPECT_TRUE(filter.log().has("ended: the server was stopped", 2));
    EXPECT_TRUE(filter.seen().has("abort <a>"));
    EXPECT_TRUE(filter.seen().has("close", 2));
}

TEST(end, stop_cancels_a_callback) {
    struct waits_at_mail {
        journal* seen;
        boost::asio::steady_timer* gate;
        task<message_verdict> on_mail(connection&, message<>&, mail_event const&) {
            seen->write("in mail");
            co_await gate->async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
            co_return proceed;
        }
        task<message_verdict> on_rcpt(connection&, message<>&, rcpt_event const&) {
            seen->write("rcpt");
            co_return proceed;
        }
        task<void> on_abort(connection&, message<>&) {
            seen->write("abort");
            co_return;
        }
        task<void> on_close(connection&) {
            seen->write("close");
            co_return;
        }
    };
    journal seen;
    std::optional<boost::asio::steady_timer> gate;
    running_server server([&] { return make_filter(waits_at_mail{&seen, &*gate}); });
    server.run([&] { gate.emplace(server.executor(), boost::asio::steady_timer::time_point::max()); });
    auto peer = negotiated_with(server);
    peer.send(packets::mail() + packets::rcpt());
    EXPECT_TRUE(seen.has("in mail"));
    server.run([&] { server.get().stop(); });
    EXPECT_EQ(peer.reply(), "closed");
    EXPECT_TRUE(server.journal().has("ended: the server was stopped"));
    EXPECT_EQ(seen.lines(), (lines{"in mail", "abort", "close"})) << "what came already is not looked at";
    server.run([&] { gate.reset(); });  // before its executor
}

TEST(end, drain_lets_sessions_go_on_and_takes_no_more) {
    temporary_folder const folder;
    auto const path = folder / "milter";
    watched filter({}, "unix:" + path);
    auto const where = filter.server().where();
    auto peer = negotiated_with(filter.server());
    filter.server().run([&] { filter.server().get().drain(); });
    EXPECT_FALSE(std::filesystem::exists(path));
    EXPECT_FALSE(mta(where).connected());
    EXPECT_EQ(peer.ask(packets::mail()), "c");
    EXPECT_EQ(peer.ask(packets::end_of_message()), "a");
}

// ---- sockets ----

class listening : public testing::Test {
protected:
    boost::system::error_code listen_at(std::string const& path, server_options const& options = {}) {
        boost::asio::io_context context;
        server one(context.get_executor(), [] { return std::unique_ptr<filter>(); }, options, nullptr);
        auto const bound = one.listen(*socket_spec::parse("unix:" + path));
        if (bound) mode_ = mode_of(path);
        return bound ? boost::system::error_code() : bound.error();
    }
    static unsigned mode_of(std::string const& path) {
        struct stat found{};
        return ::stat(path.c_str(), &found) == 0 ? found.st_mode & 0777U : 0;
    }
    /// A socket that a killed filter left behind.
    static void leave_socket(std::string const& path) {
        int const left = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        auto const endpoint = socket_spec::parse("unix:" + path)->endpoint();
        EXPECT_EQ(::bind(left, endpoint.data(), static_cast<socklen_t>(endpoint.size())), 0);
        ::close(left);
    }
    temporary_folder const folder_;
    std::string const path_ = folder_ / "milter";
    unsigned mode_ = 0;
};

// MP-264
TEST_F(listening, a_stale_socket_is_refused_unless_removal_was_asked_for) {
    server_options removing;
    removing.stale = stale_socket::remove;
    leave_socket(path_);
    EXPECT_EQ(listen_at(path_), errc::socket_path_in_use);
    EXPECT_TRUE(std::filesystem::exists(path_));
    EXPECT_FALSE(listen_at(path_, removing));
    EXPECT_FALSE(std::filesystem::exists(path_)) << "removed by the server that ended";
}

// MP-264
TEST_F(listening, what_is_no_socket_is_never_removed) {
    server_options removing;
    removing.stale = stale_socket::remove;
    std::ofstream(path_) << "precious";
    EXPECT_EQ(listen_at(path_, removing), errc::socket_path_in_use);
    EXPECT_EQ(std::filesystem::file_size(path_), 8U);
    auto const target = folder_ / "target";
    auto const link = folder_ / "link";
    leave_socket(target);
    std::filesystem::create_symlink(target, link);
    EXPECT_EQ(listen_at(link, removing), errc::socket_path_in_use);
    EXPECT_TRUE(std::filesystem::exists(link));
}

// MP-264
TEST_F(listening, a_socket_that_is_served_is_never_removed) {
    server_options removing;
    removing.stale = stale_socket::remove;
    watched filter({}, "unix:" + path_);
    EXPECT_EQ(listen_at(path_, removing), errc::socket_path_in_use);
    EXPECT_EQ(negotiated_with(filter.server()).ask(packets::helo()), "c");
}

// MP-265
TEST_F(listening, the_mode_is_the_umask_s_or_as_asked) {
    auto const before = ::umask(027);
    EXPECT_FALSE(listen_at(path_));
    EXPECT_EQ(mode_, 0750U);
    server_options options;
    options.socket_mode = 0660;
    EXPECT_FALSE(listen_at(path_, options));
    EXPECT_EQ(mode_, 0660U);
    ::umask(before);
}

TEST_F(listening, a_group_that_does_not_exist_leaves_nothing_behind) {
    server_options options;
    options.socket_group = "no such group";
    EXPECT_TRUE(listen_at(path_, options));
    EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(listening, a_folder_that_does_not_exist) {
    EXPECT_EQ(listen_at(folder_ / "missing/milter"), boost::system::errc::no_such_file_or_directory);
}

TEST_F(listening, a_port_that_is_taken) {
    watched filter;
    auto const taken = filter.server().where();
    EXPECT_NE(taken.port(), 0);
    boost::asio::io_context context;
    server second(
        context.get_executor(), [] { return std::unique_ptr<milterproto::filter>(); }, server_options(),
        nullptr);
    EXPECT_EQ(second.listen(taken).error(), boost::system::errc::address_in_use);
}

/// As long as it lives this process gets no further descriptor.
class no_descriptors {
public:
    no_descriptors() {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        auto none = before_;
        none.rlim_cur = 0;
        ::setrlimit(RLIMIT_NOFILE, &none);
    }
    /// One more may be had, and no second.
    void allow_one_more() const {
        ::setrlimit(RLIMIT_NOFILE, &before_);
        int const lowest = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
        ::close(lowest);
        auto up_to_it = before_;
        up_to_it.rlim_cur = static_cast<rlim_t>(lowest) + 1;
        ::setrlimit(RLIMIT_NOFILE, &up_to_it);
    }
    ~no_descriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    no_descriptors(no_descriptors const&) = delete;

private:
    rlimit before_{};
};

/// What becomes of accepting.
class accepting final : public server_observer {
public:
    void on_accept_failing(std::string_view, boost::system::error_code why) override {
        EXPECT_EQ(why, boost::system::errc::too_many_files_open);
        ++failing;
    }
    void on_accept_recovered(std::string_view) override { ++recovered; }
    void on_refused(milter_connection const&, std::string_view why) override { ADD_FAILURE() << why; }
    int failing = 0;
    int recovered = 0;
};

// One listener's pause must not wake the other's, or both would spin, and time would not pass.
TEST(listening_descriptors, two_listeners_wait_for_descriptors_in_peace_and_tell_it_once) {
    journal seen;
    temporary_folder const folder;
    boost::asio::io_context context;
    virtual_time time(context);
    accepting told;
    server both(context.get_executor(), [&] { return make_filter(witness(seen)); }, {}, &told);
    for (auto const* name : {"one", "two"})
        ASSERT_TRUE(both.listen(*socket_spec::parse("unix:" + (folder / name))));
    mta first(both.listening().front());
    mta second(both.listening().back());
    both.start();
    {
        no_descriptors const shortage;
        time.advance(3s);
        EXPECT_EQ(told.failing, 2);
        EXPECT_EQ(told.recovered, 0);
    }
    first.send(packets::offer());
    second.send(packets::offer());
    time.advance(100ms);
    EXPECT_EQ(told.failing, 2);
    EXPECT_EQ(told.recovered, 2);
    time.advance(0s);
    EXPECT_EQ(first.reply().substr(0, 1), "O");
    EXPECT_EQ(second.reply().substr(0, 1), "O");
    both.stop();
    time.advance(0s);
}

// A descriptor that one client gives back and the next one takes is not the end of the shortage.
TEST(listening_descriptors, a_shortage_lasts_until_nobody_waits) {
    journal seen;
    temporary_folder const folder;
    boost::asio::io_context context;
    virtual_time time(context);
    accepting told;
    server one(context.get_executor(), [&] { return make_filter(witness(seen)); }, {}, &told);
    auto const where = *socket_spec::parse("unix:" + (folder / "milter"));
    ASSERT_TRUE(one.listen(where));
    std::vector<mta> peers;
    for (int i = 0; i != 3; ++i) peers.emplace_back(where);
    one.start();
    std::optional<no_descriptors> shortage(std::in_place);
    time.advance(1s);
    for (std::size_t accepted = 1; accepted != 3; ++accepted) {
        shortage->allow_one_more();
        time.advance(1s);
        EXPECT_EQ(one.connections(), accepted);
    }
    EXPECT_EQ(told.failing, 1);
    EXPECT_EQ(told.recovered, 0);
    shortage.reset();
    time.advance(1s);
    EXPECT_EQ(told.failing, 1);
    EXPECT_EQ(told.recovered, 1);
    one.stop();
    time.advance(0s);
}

// MP-265
TEST(listening_descriptors, none_is_inherited_by_programs) {
    watched filter;
    auto peer = negotiated_with(filter.server());
    auto const port = filter.server().where().port();
    int ours = 0;
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    for (int descriptor = 0; descriptor != static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 4096));
         ++descriptor) {
        sockaddr_in local{};
        socklen_t size = sizeof local;
        if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&local), &size) != 0) continue;
        if (local.sin_family != AF_INET || ntohs(local.sin_port) != port) continue;
        ++ours;
        EXPECT_NE(::fcntl(descriptor, F_GETFD) & FD_CLOEXEC, 0);
    }
    EXPECT_EQ(ours, 2) << "one that listens, one that was accepted";
}

// ---- one MTA's pipeline and the others ----

// MP-276, RS-116, RS-016
TEST(fair_turns, a_flood_of_one_mta_holds_up_no_other) {
    watched here;
    auto flood = negotiated_with(here.server());
    auto other = negotiated_with(here.server());
    // Both have written all before the server looks.
    here.server().run([&] {
        std::string commands;
        for (int i = 0; i != 1000; ++i) commands += packets::mail("<flood>") + packets::abort();
        EXPECT_TRUE(flood.send(commands));
        EXPECT_TRUE(other.send(packets::mail("<other>")));
    });
    EXPECT_EQ(other.reply(), "c");
    EXPECT_TRUE(here.seen().has("mail <flood>", 1000));
    auto const seen = here.seen().lines();
    auto const at = std::ranges::find(seen, "mail <other>") - seen.begin();
    EXPECT_LE(at, static_cast<std::ptrdiff_t>(2 * limits::events_in_a_turn));
}

TEST(fair_turns, a_server_is_not_at_rest_while_commands_wait_for_their_turn) {
    watched here;
    auto flood = negotiated_with(here.server());
    auto const was_busy = here.server().run([&] {
        std::string commands;
        for (int i = 0; i != 1000; ++i) commands += packets::mail("<flood>") + packets::abort();
        EXPECT_TRUE(flood.send(commands));
        return here.server().get().busy();
    });
    EXPECT_EQ(was_busy, 0U);
    while (std::ranges::count(here.seen().lines(), "mail <flood>") != 1000) {
        auto const [seen, busy] = here.server().run([&] {
            return std::pair(std::ranges::count(here.seen().lines(), "mail <flood>"),
                             here.server().get().busy());
        });
        if (seen != 0 && seen != 1000) {
            EXPECT_EQ(busy, 1U);
        }
    }
}

// ---- when all places are taken ----

/// A server with three places, whose time the test moves.
class full_server : public time_out {
protected:
    full_server() { options_.max_connections = 3; }
    std::string end_of(mta& peer) { return peer.reply(); }
    bool is_served(mta& peer) { return peer.ask(packets::offer()).substr(0, 1) == "O"; }
    static constexpr char displaced[] = "ended: it was idle, and another connection needed its place";
};

// MP-279
TEST_F(full_server, the_one_that_was_idle_for_longest_gives_way) {
    auto first = negotiated_with(serve_witnesses());
    server_->pass(1s);
    auto second = negotiated_with(*server_);
    auto third = negotiated_with(*server_);
    server_->pass(3s);
    mta newcomer(server_->where());
    EXPECT_TRUE(is_served(newcomer));
    EXPECT_EQ(end_of(first), "closed");
    EXPECT_TRUE(server_->journal().has(displaced));
    EXPECT_TRUE(seen_.has("close"));
    EXPECT_TRUE(second.hears_nothing());
    EXPECT_TRUE(third.hears_nothing());
}

// MP-279
TEST_F(full_server, who_came_just_now_keeps_its_place) {
    auto first = negotiated_with(serve_witnesses());
    auto second = negotiated_with(*server_);
    auto third = negotiated_with(*server_);
    server_->pass(1s);
    mta newcomer(server_->where());
    EXPECT_EQ(end_of(newcomer), "closed");
    EXPECT_TRUE(server_->journal().has("refused: too many connections"));
    EXPECT_TRUE(first.hears_nothing());
}

// MP-279
TEST_F(full_server, one_that_had_no_message_gives_way_before_one_that_had) {
    auto used = negotiated_with(serve_witnesses());
    EXPECT_EQ(used.ask(packets::mail("<a>")), "c");
    used.send(packets::abort());
    EXPECT_TRUE(seen_.has("abort <a>"));
    server_->pass(1s);
    auto second = negotiated_with(*server_);
    server_->pass(1s);
    mta third(server_->where());  // says nothing at all
    server_->settle();
    server_->pass(4s);
    mta newcomer(server_->where());
    EXPECT_TRUE(is_served(newcomer));
    EXPECT_EQ(end_of(second), "closed");
    server_->pass(3s);
    mta next(server_->where());
    EXPECT_TRUE(is_served(next));
    EXPECT_EQ(end_of(third), "closed");
    EXPECT_TRUE(used.hears_nothing());
}

// MP-279
TEST_F(full_server, a_message_is_interrupted_only_after_a_long_silence) {
    auto first = negotiated_with(serve_witnesses());
    auto second = negotiated_with(*server_);
    auto third = negotiated_with(*server_);
    EXPECT_EQ(first.ask(packets::mail("<a>")), "c");
    server_->pass(2s);
    for (auto* one : {&second, &third}) EXPECT_EQ(one->ask(packets::mail("<b>")), "c");
    server_->pass(20s);
    EXPECT_EQ(second.ask(packets::rcpt("<b>")), "c");
    {
        mta newcomer(server_->where());
        EXPECT_EQ(end_of(newcomer), "closed");
    }
    server_->pass(15s);
    mta newcomer(server_->where());
    EXPECT_TRUE(is_served(newcomer));
    EXPECT_EQ(end_of(first), "closed");
    EXPECT_TRUE(seen_.has("abort <a>"));
    EXPECT_TRUE(second.hears_nothing());
}

// MP-279: commands that begin no message do not keep a place.
TEST_F(full_server, small_talk_keeps_no_place) {
    auto first = negotiated_with(serve_witnesses());
    auto second = negotiated_with(*server_);
    auto third = negotiated_with(*server_);
    for (int i = 0; i != 4; ++i) {
        server_->pass(1s);
        for (auto* one : {&first, &second, &third}) EXPECT_EQ(one->ask(packets::helo()), "c");
    }
    mta newcomer(server_->where());
    EXPECT_TRUE(is_served(newcomer));
}

// MP-279
TEST_F(full_server, who_has_many_connections_cannot_push_out_who_has_few) {
    options_.max_connections = 5;
    server_.emplace([this] { return make_filter(witness(seen_)); }, options_, "inet:0@127.0.0.1",
                    time_is::simulated);
    mta few(server_->where(), "127.0.0.2");
    EXPECT_TRUE(is_served(few));
    server_->pass(5s);
    std::list<mta> many;
    for (int i = 0; i != 4; ++i) {
        many.emplace_back(server_->where(), "127.0.0.1");
        EXPECT_TRUE(is_served(many.back()));
    }
    server_->pass(5s);
    many.emplace_back(server_->where(), "127.0.0.1");
    EXPECT_TRUE(is_served(many.back()));
    EXPECT_EQ(end_of(many.front()), "closed") << "it pushed out one of its own";
    for (auto& one : many) one.ask(packets::mail("<busy>"));
    mta another(server_->where(), "127.0.0.1");
    EXPECT_EQ(end_of(another), "closed") << "its own are busy";
    EXPECT_TRUE(few.hears_nothing());
    mta third_party(server_->where(), "127.0.0.3");
    EXPECT_TRUE(is_served(third_party)) << "who has as many as the idle one may take its place";
    EXPECT_EQ(end_of(few), "closed");
}

}  // namespace
}  // namespace milterproto
