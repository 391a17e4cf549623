#include <gtest/gtest.h>

#include <memory>

#include "milterproto/support/packets.hpp"
#include "milterproto/support/running_server.hpp"

namespace milterproto {
namespace {

using test::mta;
using test::running_server;

struct refuses_senders {
    message_verdict on_mail(connection&, message<>&, mail_event const&) { return reject; }
};
struct refuses_recipients {
    message_verdict on_rcpt(connection&, message<>&, rcpt_event const&) { return tempfail; }
};

/// libmilter keeps what was agreed with one MTA for all that come later, and one filter is all that a process
/// can be.
TEST(several_servers, in_threads_of_their_own_share_nothing) {
    auto one = std::make_unique<running_server>([] { return make_filter(refuses_senders()); });
    running_server other([] { return make_filter(refuses_recipients()); });
    mta asks_one(one->where());
    mta asks_other(other.where());
    asks_one.ask(packets::offer());
    asks_other.ask(packets::offer({2, core::action::all, 0x7f}));
    EXPECT_EQ(asks_one.ask(packets::mail()), "r");
    EXPECT_EQ(asks_other.ask(packets::mail()), "c");
    EXPECT_EQ(asks_other.ask(packets::rcpt()), "t");
    one.reset();
    EXPECT_EQ(asks_one.reply(), "closed");
    EXPECT_EQ(asks_other.ask(packets::rcpt()), "t");
    mta late(other.where());
    EXPECT_EQ(late.ask(packets::offer())[0], 'O');
}

TEST(several_servers, on_one_loop) {
    running_server first([] { return make_filter(refuses_senders()); });
    auto second = first.run([&] {
        auto made = std::make_unique<server>(
            first.executor(), [] { return make_filter(refuses_recipients()); }, server_options(), nullptr);
        EXPECT_TRUE(made->listen(*socket_spec::parse("inet:0@127.0.0.1")));
        made->start();
        return made;
    });
    mta asks_first(first.where());
    mta asks_second(second->listening().front());
    asks_first.ask(packets::offer());
    asks_second.ask(packets::offer());
    EXPECT_EQ(asks_first.ask(packets::mail()), "r");
    EXPECT_EQ(asks_second.ask(packets::mail()), "c");
    EXPECT_EQ(asks_second.ask(packets::rcpt()), "t");
    first.run([&] { second.reset(); });
    EXPECT_EQ(asks_second.reply(), "closed");
    EXPECT_EQ(asks_first.ask(packets::mail()), "r");
}

}  // namespace
}  // namespace milterproto
