#include "milterproto/listener.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <new>

#include "milterproto/support/running_server.hpp"

namespace milterproto {
namespace {

using namespace std::chrono_literals;
using test::mta;
using test::temporary_folder;

/// Keeps each newcomer, and does what a test wants then.
class host final : public listener_owner {
public:
    void on_newcomer(std::string_view listener, newcomer peer) override {
        names.emplace_back(listener);
        peers.push_back(std::move(peer));
        if (then) then();
    }
    std::vector<std::string> names;
    std::vector<newcomer> peers;
    std::function<void()> then;
};

class listening_loop : public testing::Test {
protected:
    listener open(std::string const& where) {
        auto opened = listener::open(context_.get_executor(), *socket_spec::parse(where), listener_options());
        EXPECT_FALSE(opened.has_error()) << where;
        return *std::move(opened);
    }
    temporary_folder const folder_;
    std::string const path_ = folder_ / "milter";
    std::string const unix_path_ = "unix:" + path_;
    /// Lets in a client through the file, and then one over TCP.
    void let_in_one_of_each_kind() {
        for (auto const& where : {unix_path_, std::string("inet:0@127.0.0.1")}) {
            auto& one = listeners_.emplace_back(open(where));
            clients_.emplace_back(one.where());
            one.start(owner_);
            context_.poll();
        }
        ASSERT_EQ(owner_.peers.size(), 2U);
    }

    boost::asio::io_context context_;
    host owner_;

private:
    std::deque<listener> listeners_;
    std::deque<mta> clients_;
};

TEST_F(listening_loop, takes_all_that_wait_and_tells_where_they_came) {
    auto one = open(unix_path_);
    mta const first(one.where()), second(one.where());
    one.start(owner_);
    context_.poll();
    EXPECT_EQ(owner_.names, (std::vector<std::string>{unix_path_, unix_path_}));
}

TEST_F(listening_loop, a_newcomer_that_nobody_keeps_is_closed) {
    auto one = open(unix_path_);
    mta peer(one.where());
    owner_.then = [&] { owner_.peers.clear(); };
    one.start(owner_);
    context_.poll();
    EXPECT_EQ(peer.reply(), "closed");
}

TEST_F(listening_loop, a_newcomer_is_named_by_its_process_or_its_address) {
    ASSERT_NO_FATAL_FAILURE(let_in_one_of_each_kind());
    EXPECT_EQ(owner_.peers[0].name(),
              "pid " + std::to_string(::getpid()) + ", uid " + std::to_string(::getuid()));
    EXPECT_EQ(owner_.peers[0].address(), std::nullopt);
    EXPECT_EQ(owner_.peers[1].name(), "127.0.0.1");
    EXPECT_EQ(owner_.peers[1].family(), AF_INET);
}

TEST_F(listening_loop, what_took_the_place_of_its_file_is_not_removed) {  // DM-156
    auto one = open(unix_path_);
    ::unlink(path_.c_str());
    std::ofstream(path_) << "mine";
    one.close();
    EXPECT_TRUE(std::filesystem::is_regular_file(path_));
    ::unlink(path_.c_str());
    auto old = open(unix_path_);
    ::unlink(path_.c_str());
    auto const other = open(unix_path_);
    old.close();
    EXPECT_TRUE(std::filesystem::is_socket(path_)) << "another daemon listens there";
}

TEST_F(listening_loop, an_owner_that_throws_loses_one_newcomer) {  // DM-155, RS-090
    auto one = open(unix_path_);
    mta first(one.where());
    owner_.then = [&] {
        owner_.peers.clear();
        owner_.then = nullptr;
        throw std::bad_alloc();
    };
    one.start(owner_);
    context_.poll();
    EXPECT_EQ(first.reply(), "closed");
    mta const second(one.where());
    while (owner_.peers.empty()) context_.run_one();
    EXPECT_EQ(owner_.names.size(), 2U);
}

// An MTA whose daemon listens on both families is known by the address that its administrator wrote.
TEST_F(listening_loop, an_ipv4_address_is_one_also_in_an_ipv6_socket) {
    auto both = open("inet6:0@::");
    auto const name = std::string(both.name());
    mta const peer(*socket_spec::parse("inet" + name.substr(5, name.find('@') - 5) + "@127.0.0.1"));
    both.start(owner_);
    context_.poll();
    ASSERT_EQ(owner_.peers.size(), 1U);
    EXPECT_EQ(owner_.peers[0].family(), AF_INET6);
    EXPECT_EQ(owner_.peers[0].name(), "127.0.0.1");
}

TEST_F(listening_loop, who_comes_during_a_pause_waits_for_its_end) {
    auto one = open(unix_path_);
    owner_.then = [&] { one.pause(); };
    one.start(owner_);
    mta const first(one.where()), second(one.where());
    context_.poll();
    EXPECT_EQ(owner_.peers.size(), 1U);
    EXPECT_TRUE(second.connected());
    one.resume();
    context_.poll();
    EXPECT_EQ(owner_.peers.size(), 2U);
}

TEST_F(listening_loop, a_pause_that_ends_before_the_loop_looks_changes_nothing) {
    auto one = open(unix_path_);
    one.start(owner_);
    one.pause();
    one.resume();
    mta const peer(one.where());
    context_.poll();
    EXPECT_EQ(owner_.peers.size(), 1U);
}

TEST_F(listening_loop, closing_removes_the_file_and_ends_the_loop) {
    auto one = open(unix_path_);
    one.start(owner_);
    context_.poll();
    one.close();
    EXPECT_FALSE(std::filesystem::exists(path_));
    EXPECT_NE(context_.run(), 0U) << "the loop has an end";
    EXPECT_EQ(one.name(), unix_path_);
}

TEST_F(listening_loop, may_be_closed_while_it_is_paused) {
    auto one = open(unix_path_);
    one.pause();
    one.start(owner_);
    context_.poll();
    one.close();
    context_.run();
    EXPECT_TRUE(owner_.peers.empty());
}

TEST_F(listening_loop, may_be_closed_by_its_owner_in_the_middle) {
    auto one = open(unix_path_);
    owner_.then = [&] { one.close(); };
    one.start(owner_);
    mta const first(one.where()), second(one.where());
    context_.run();
    EXPECT_EQ(owner_.peers.size(), 1U);
}

TEST_F(listening_loop, closes_itself) {
    {
        auto one = open(unix_path_);
        one.start(owner_);
        context_.poll();
    }
    EXPECT_FALSE(std::filesystem::exists(path_));
    context_.run();
}

// Another server may have its file there by then.
TEST_F(listening_loop, what_was_given_up_is_left_alone) {
    auto one = open(unix_path_);
    auto const descriptor = one.release();
    one.close();
    EXPECT_TRUE(std::filesystem::exists(path_));
    EXPECT_TRUE(mta(one.where()).connected());
    ::close(descriptor);
}

// RS-090
TEST_F(listening_loop, goes_on_when_its_owner_throws) {
    auto one = open(unix_path_);
    mta first(one.where()), second(one.where());
    owner_.then = [&] {
        owner_.then = nullptr;
        owner_.peers.clear();
        throw std::runtime_error("broken");
    };
    one.start(owner_);
    context_.poll();
    EXPECT_EQ(first.reply(), "closed");
    EXPECT_EQ(owner_.peers.size(), 1U);
}

TEST_F(listening_loop, tells_whether_a_client_waits) {
    auto one = open(unix_path_);
    EXPECT_FALSE(one.is_awaited());
    mta const first(one.where());
    EXPECT_TRUE(one.is_awaited());
    one.start(owner_);
    context_.poll();
    EXPECT_FALSE(one.is_awaited());
}

TEST_F(listening_loop, tells_whose_connections_count_together) {
    ASSERT_NO_FATAL_FAILURE(let_in_one_of_each_kind());
    EXPECT_EQ(owner_.peers.at(0).client(), "uid " + std::to_string(::getuid()));
    EXPECT_EQ(owner_.peers.at(1).client(), "127.0.0.1");
    sockaddr_storage far{};
    auto& address = reinterpret_cast<sockaddr_in6&>(far);
    address.sin6_family = AF_INET6;
    ::inet_pton(AF_INET6, "2001:db8:1:2:3:4:5:6", &address.sin6_addr);
    EXPECT_EQ(newcomer(-1, far, sizeof address).client(), "2001:db8:1:2::/64");
}

}  // namespace
}  // namespace milterproto
