#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <list>
#include <optional>

#include "milterproto/handler.hpp"
#include "milterproto/support/running_server.hpp"

namespace milterproto {
namespace {

using namespace std::chrono_literals;
using test::mta;
using test::temporary_folder;

/// A server that a test runs by hand, and what was waited for in it.
class end_of_server : public testing::Test {
protected:
    class slow {
    public:
        task<message_verdict> on_mail(connection&, message<>&, mail_event const&) {
            co_await sleep_for(10s);
            co_return proceed;
        }
    };
    void SetUp() override {
        ASSERT_TRUE(served_->listen(*socket_spec::parse("unix:" + (folder_ / "milter"))));
        served_->start();
    }
    /// Notes in `ended` when it has come back.
    void expect_end_of(task<> what, std::string name) {
        auto const note = [this, name](std::exception_ptr failed) {
            ended_ += failed ? name + "! " : name + ' ';
        };
        auto const slot = off_.emplace_back().slot();
        boost::asio::co_spawn(context_, std::move(what), boost::asio::bind_cancellation_slot(slot, note));
    }
    mta connected() {
        mta peer(served_->listening().front());
        time_.advance(0s);
        peer.send(packets::offer());
        time_.advance(0s);
        return peer;
    }
    temporary_folder const folder_;
    boost::asio::io_context context_;
    virtual_time time_{context_};
    std::list<boost::asio::cancellation_signal> off_;  ///< of each wait; a slot has room for one
    std::string ended_;
    std::optional<server> served_{std::in_place, context_.get_executor(), [] { return make_filter(slow()); },
                                  server_options(), nullptr};
};

TEST_F(end_of_server, a_server_without_connections_is_drained_at_once) {
    expect_end_of(served_->drained(), "drained");
    time_.advance(0s);
    EXPECT_EQ(ended_, "drained ");
}

TEST_F(end_of_server, a_server_is_drained_when_the_last_mta_has_gone) {
    std::optional<mta> first(connected()), second(connected());
    served_->drain();
    expect_end_of(served_->drained(), "one");
    expect_end_of(served_->drained(), "other");
    first.reset();
    time_.advance(1s);
    EXPECT_EQ(served_->connections(), 1U);
    EXPECT_EQ(ended_, "");
    second.reset();
    time_.advance(1s);
    EXPECT_EQ(ended_, "one other ");
}

TEST_F(end_of_server, a_server_is_at_rest_when_the_last_message_has_ended) {
    auto peer = connected();
    peer.send(packets::mail());
    time_.advance(1s);
    ASSERT_EQ(served_->busy(), 1U);
    expect_end_of(served_->rested(), "rested");
    time_.advance(10s);
    EXPECT_EQ(ended_, "") << "on_mail has answered, and the message goes on";
    peer.send(packets::end_of_message());
    time_.advance(1s);
    EXPECT_EQ(ended_, "rested ");
    EXPECT_EQ(served_->connections(), 1U);
}

TEST_F(end_of_server, an_mta_that_vanishes_in_the_middle_of_a_message_is_not_waited_for) {
    std::optional<mta> peer(connected());
    peer->send(packets::mail());
    time_.advance(1s);
    expect_end_of(served_->rested(), "rested");
    peer.reset();
    time_.advance(1s);
    EXPECT_EQ(ended_, "rested ");
}

TEST_F(end_of_server, stopping_lets_all_come_back_whatever_is_under_way) {
    auto peer = connected();
    peer.send(packets::mail());
    time_.advance(1s);
    expect_end_of(served_->rested(), "rested");
    expect_end_of(served_->drained(), "drained");
    served_->stop();
    time_.advance(1s);
    EXPECT_EQ(ended_, "rested drained ");
}

TEST_F(end_of_server, a_server_may_be_destroyed_while_it_is_waited_for) {
    auto const peer = connected();
    expect_end_of(served_->drained(), "drained");
    time_.advance(0s);
    served_.reset();
    time_.advance(1s);
    EXPECT_EQ(ended_, "drained ");
}

TEST_F(end_of_server, a_wait_for_it_can_be_cancelled) {
    auto const peer = connected();
    expect_end_of(served_->drained(), "drained");
    time_.advance(0s);
    off_.back().emit(boost::asio::cancellation_type::terminal);
    time_.advance(0s);
    EXPECT_EQ(ended_, "drained! ");
    EXPECT_EQ(served_->connections(), 1U);
}

}  // namespace
}  // namespace milterproto
