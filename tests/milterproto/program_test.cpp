#include "milterproto/program.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <map>
#include <mutex>
#include <set>

#include "milterproto/src/asio/program_observer.hpp"
#include "milterproto/support/packets.hpp"
#include "milterproto/support/running_server.hpp"

namespace milterproto {
namespace {

using test::mta;
using test::temporary_folder;

/// The threads whose callbacks were called.
class threads_seen {
public:
    void note() {
        std::scoped_lock const hold(mutex_);
        seen_.insert(std::this_thread::get_id());
    }
    std::size_t count() const {
        std::scoped_lock const hold(mutex_);
        return seen_.size();
    }

private:
    mutable std::mutex mutex_;
    std::set<std::thread::id> seen_;
};

struct notes_its_thread {
    threads_seen* seen;
    message_verdict on_mail(connection&, message<>&, mail_event const&) {
        seen->note();
        return proceed;
    }
};

/// A program in this process, ended as an operator would.
class running_program {
public:
    running_program(socket_spec where, server::factory make, program_options const& options = {},
                    server_observer* watcher = nullptr)
        : thread_([=, this] { ended_ = run(where, make, options, watcher); }) {}
    ~running_program() {
        if (thread_.joinable()) (void)end();
    }
    /// Ends it, and returns what it came to. The signal goes to the program's own thread, because Asio's
    /// handler uses what that thread has made, and this one may have nothing in common with it.
    result<void> end() {
        ::pthread_kill(thread_.native_handle(), SIGTERM);
        return wait();
    }
    result<void> wait() {
        thread_.join();
        return ended_;
    }

private:
    result<void> ended_ = errc::stopped;
    std::thread thread_;
};

/// Time for a message to end on any machine.
program_options with_ample_grace() {
    program_options options;
    options.grace = std::chrono::minutes(1);
    return options;
}

mta connected_to(socket_spec const& where) {
    for (;;) {
        mta peer(where);
        if (peer.connected()) return peer;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

TEST(program, serves_with_several_threads_until_it_is_told_to_end) {
    temporary_folder const folder;
    auto const where = *socket_spec::parse("unix:" + (folder / "milter"));
    threads_seen seen;
    program_options options;
    options.threads = 3;
    running_program program(where, [&] { return make_filter(notes_its_thread{&seen}); }, options);
    std::vector<mta> peers;
    // Which thread accepts is the system's choice; with many connections it is not always the same.
    for (int i = 0; i != 2000 && seen.count() < 2; ++i) {
        peers.push_back(connected_to(where));
        EXPECT_EQ(peers.back().ask(packets::offer()).substr(0, 1), "O");
        EXPECT_EQ(peers.back().ask(packets::mail()), "c");
        if (peers.size() == 100) peers.clear();
    }
    EXPECT_GE(seen.count(), 2U);
    peers.clear();
    EXPECT_TRUE(program.end());
    EXPECT_FALSE(std::filesystem::exists(folder / "milter"));
}

TEST(program, lets_a_message_end_that_is_under_way) {
    temporary_folder const folder;
    auto const where = *socket_spec::parse("unix:" + (folder / "milter"));
    threads_seen seen;
    running_program program(where, [&] { return make_filter(notes_its_thread{&seen}); }, with_ample_grace());
    auto busy = connected_to(where);
    busy.ask(packets::offer());
    EXPECT_EQ(busy.ask(packets::mail()), "c");
    std::thread ending([&] { EXPECT_TRUE(program.end()); });
    while (std::filesystem::exists(folder / "milter")) std::this_thread::yield();  // it takes no more
    EXPECT_EQ(busy.ask(packets::end_of_message()), "c");
    EXPECT_EQ(busy.reply(), "closed");
    ending.join();
}

TEST(program, lets_an_answer_go_out_that_is_being_written) {
    struct writes_much {
        message_verdict on_eom(connection&, message<>&, eom_actions<edit::body>& actions) {
            return actions.replace_body(std::string(4 << 20, 'x')) ? message_verdict(accept_now)
                                                                   : message_verdict(reject);
        }
    };
    temporary_folder const folder;
    auto const where = *socket_spec::parse("unix:" + (folder / "milter"));
    running_program program(where, [] { return make_filter(writes_much()); }, with_ample_grace());
    auto slow = connected_to(where);
    slow.ask(packets::offer());
    slow.send(packets::end_of_message());
    EXPECT_EQ(slow.reply().front(), 'b');  // the rest is more than the socket holds
    std::thread ending([&] { EXPECT_TRUE(program.end()); });
    while (std::filesystem::exists(folder / "milter")) std::this_thread::yield();
    std::string last;
    for (auto reply = slow.reply(); reply != "closed"; reply = slow.reply()) last = reply.substr(0, 1);
    EXPECT_EQ(last, "a");
    ending.join();
}

/// Which connections it was told of.
class numbers final : public server_observer {
public:
    void on_accepted(milter_connection const& which) override {
        std::scoped_lock const hold(mutex_);
        accepted_.insert(which.number);
    }
    void on_refused(milter_connection const&, std::string_view) override {
        std::scoped_lock const hold(mutex_);
        ++refused_;
    }
    bool are_all_different() const {
        std::scoped_lock const hold(mutex_);
        return std::set(accepted_.begin(), accepted_.end()).size() == accepted_.size();
    }
    std::pair<std::size_t, std::size_t> so_far() const {
        std::scoped_lock const hold(mutex_);
        return {accepted_.size(), refused_};
    }

private:
    mutable std::mutex mutex_;
    std::multiset<std::uint64_t> accepted_;
    std::size_t refused_ = 0;
};

TEST(program, counts_connections_over_all_threads) {
    temporary_folder const folder;
    auto const where = *socket_spec::parse("unix:" + (folder / "milter"));
    threads_seen seen;
    numbers told;
    program_options options;
    options.threads = 4;
    options.max_connections = 8;
    running_program program(where, [&] { return make_filter(notes_its_thread{&seen}); }, options, &told);
    std::vector<mta> peers;
    auto const connect_to_be = [&](std::size_t accepted, std::size_t refused) {
        peers.push_back(connected_to(where));
        while (told.so_far().first + told.so_far().second < accepted + refused) std::this_thread::yield();
        return told.so_far() == std::pair(accepted, refused);
    };
    for (std::size_t i = 1; i != 9; ++i) ASSERT_TRUE(connect_to_be(i, 0)) << "whichever thread accepts it";
    for (std::size_t i = 1; i != 33; ++i) ASSERT_TRUE(connect_to_be(8, i));
    // As soon as the MTA sees the end of a connection there is room for another.
    for (std::size_t i = 0; i != 8; ++i) {
        peers[i].send(packets::offer() + packets::quit());
        while (peers[i].reply() != "closed") {
        }
        ASSERT_TRUE(connect_to_be(9 + i, 32));
    }
    EXPECT_TRUE(told.are_all_different());
    EXPECT_TRUE(program.end());
}

TEST(program, does_not_wait_for_a_message_for_ever) {
    temporary_folder const folder;
    auto const where = *socket_spec::parse("unix:" + (folder / "milter"));
    threads_seen seen;
    program_options options;
    options.grace = std::chrono::milliseconds(50);
    running_program program(where, [&] { return make_filter(notes_its_thread{&seen}); }, options);
    auto busy = connected_to(where);
    busy.ask(packets::offer());
    EXPECT_EQ(busy.ask(packets::mail()), "c");
    EXPECT_TRUE(program.end());
    EXPECT_EQ(busy.reply(), "closed");
}

/// In a process of its own: serves a message that never ends, and is told to end, twice.
[[noreturn]] void end_twice(socket_spec const& where) {
    threads_seen seen;
    std::thread operating([&] {
        auto busy = connected_to(where);
        busy.ask(packets::offer());
        busy.ask(packets::mail());
        ::kill(::getpid(), SIGTERM);
        while (std::filesystem::exists(where.path())) std::this_thread::yield();
        ::kill(::getpid(), SIGTERM);
        busy.reply();
    });
    (void)run(where, [&] { return make_filter(notes_its_thread{&seen}); }, with_ample_grace());
    std::_Exit(0);  // it waited for the message after all
}

TEST(program, a_second_signal_ends_it_at_once) {
    temporary_folder const folder;
    auto const where = *socket_spec::parse("unix:" + (folder / "milter"));
    EXPECT_EXIT(end_twice(where), testing::KilledBySignal(SIGTERM), "");
}

// ---- other signals ----

/// What is done at a signal.
using handler = void (*)(int);
handler handler_of(int signal) {
    struct sigaction found{};
    ::sigaction(signal, nullptr, &found);
    return found.sa_handler;
}

/// The test may have been started with some ignored, as nohup does.
class program_signals : public testing::Test {
protected:
    program_signals() {
        for (auto& one : before_) ::sigaction(one.first, nullptr, &one.second);
        for (auto const& one : before_) std::signal(one.first, SIG_DFL);
    }
    ~program_signals() override {
        for (auto const& one : before_) ::sigaction(one.first, &one.second, nullptr);
    }

private:
    std::map<int, struct sigaction> before_{{SIGHUP, {}},  {SIGINT, {}},  {SIGTERM, {}},
                                            {SIGPIPE, {}}, {SIGUSR1, {}}, {SIGUSR2, {}}};
};

TEST_F(program_signals, that_mean_nothing_do_nothing) {
    temporary_folder const folder;
    auto const where = *socket_spec::parse("unix:" + (folder / "milter"));
    threads_seen seen;
    running_program program(where, [&] { return make_filter(notes_its_thread{&seen}); });
    auto peer = connected_to(where);
    peer.ask(packets::offer());
    for (int const signal : {SIGPIPE, SIGUSR1, SIGUSR2}) {
        ::kill(::getpid(), signal);
        EXPECT_EQ(peer.ask(packets::mail()), "c");
    }
    EXPECT_TRUE(program.end());
}

TEST_F(program_signals, a_hangup_ends_it_as_sigterm_does) {
    temporary_folder const folder;
    auto const where = *socket_spec::parse("unix:" + (folder / "milter"));
    threads_seen seen;
    running_program program(where, [&] { return make_filter(notes_its_thread{&seen}); }, with_ample_grace());
    auto busy = connected_to(where);
    busy.ask(packets::offer());
    busy.ask(packets::mail());
    ::kill(::getpid(), SIGHUP);
    while (std::filesystem::exists(folder / "milter")) std::this_thread::yield();
    ::kill(::getpid(), SIGHUP);  // systemd may send one more, and it ends nothing at once
    EXPECT_EQ(busy.ask(packets::end_of_message()), "c");
    EXPECT_TRUE(program.wait());
}

TEST_F(program_signals, a_hangup_calls_the_author_s_hook) {
    temporary_folder const folder;
    auto const where = *socket_spec::parse("unix:" + (folder / "milter"));
    threads_seen seen;
    test::journal called;
    test::journal told;
    text_observer observer([&](std::string_view line) { told.write(std::string(line)); });
    program_options options;
    options.on_hangup = [&] {
        called.write("hangup");
        throw std::runtime_error("no such file");
    };
    running_program program(where, [&] { return make_filter(notes_its_thread{&seen}); }, options, &observer);
    auto peer = connected_to(where);
    peer.ask(packets::offer());
    for (int const times : {1, 2}) {
        ::kill(::getpid(), SIGHUP);
        EXPECT_TRUE(called.has("hangup", times));
    }
    EXPECT_EQ(peer.ask(packets::mail()), "c") << "it goes on";
    EXPECT_TRUE(program.end());
    EXPECT_TRUE(told.has("on_hangup threw an exception: no such file", 2));
}

TEST_F(program_signals, are_afterwards_what_they_were_before) {
    temporary_folder const folder;
    auto const where = *socket_spec::parse("unix:" + (folder / "milter"));
    static handler const own = [](int) {};
    std::signal(SIGUSR1, own);
    std::signal(SIGINT, SIG_IGN);
    threads_seen seen;
    running_program program(where, [&] { return make_filter(notes_its_thread{&seen}); });
    connected_to(where);
    EXPECT_EQ(handler_of(SIGUSR1), own) << "the program's own handler is left alone";
    EXPECT_NE(handler_of(SIGUSR2), SIG_DFL);
    EXPECT_NE(handler_of(SIGINT), SIG_IGN);
    EXPECT_TRUE(program.end());
    EXPECT_EQ(handler_of(SIGUSR1), own);
    EXPECT_EQ(handler_of(SIGINT), SIG_IGN);
    for (int const signal : {SIGHUP, SIGTERM, SIGPIPE, SIGUSR2}) EXPECT_EQ(handler_of(signal), SIG_DFL);
}

TEST_F(program_signals, a_hangup_is_ignored_under_nohup) {
    temporary_folder const folder;
    auto const where = *socket_spec::parse("unix:" + (folder / "milter"));
    std::signal(SIGHUP, SIG_IGN);
    threads_seen seen;
    running_program program(where, [&] { return make_filter(notes_its_thread{&seen}); });
    connected_to(where);
    EXPECT_EQ(handler_of(SIGHUP), SIG_IGN);
    EXPECT_TRUE(program.end());
}

// ---- what stderr is told without an observer ----

class stderr_of_a_program : public testing::Test {
protected:
    stderr_of_a_program() { testing::internal::CaptureStderr(); }
    ~stderr_of_a_program() override {
        if (!is_read_) testing::internal::GetCapturedStderr();
    }
    std::string text() {
        is_read_ = true;
        return testing::internal::GetCapturedStderr();
    }

private:
    bool is_read_ = false;
};

TEST_F(stderr_of_a_program, says_why_it_cannot_listen_and_what_to_do) {
    auto const ran = run(*socket_spec::parse("unix:/no/such/folder/milter"), [] { return nullptr; });
    EXPECT_EQ(ran.error(), boost::system::errc::no_such_file_or_directory);
    auto const said = text();
    EXPECT_TRUE(
        said.ends_with(": cannot listen on unix:/no/such/folder/milter: No such file or directory "
                       "(make the folder /no/such/folder, or let systemd make it "
                       "(RuntimeDirectory=folder))\n"))
        << said;
}

TEST_F(stderr_of_a_program, says_who_met_an_exception) {
    struct throws {
        message_verdict on_mail(connection&, message<>&, mail_event const&) {
            throw std::runtime_error("no database");
        }
    };
    temporary_folder const folder;
    auto const where = *socket_spec::parse("unix:" + (folder / "milter"));
    program_options options;
    options.threads = 2;
    running_program program(where, [] { return make_filter(throws()); }, options);
    auto peer = connected_to(where);
    peer.ask(packets::offer());
    for (int i = 0; i != 50; ++i) EXPECT_EQ(peer.ask(packets::mail()), "t");
    EXPECT_TRUE(program.end());
    auto const said = text();
    auto const line = " from pid " + std::to_string(::getpid()) + ", uid " + std::to_string(::geteuid()) +
                      " at " + where.to_string() + ": on_mail threw an exception: no database";
    EXPECT_NE(said.find(line + '\n'), said.npos) << said;
    EXPECT_LE(std::ranges::count(said, '\n'), 20) << "it floods nothing";
}

// All threads lack descriptors at once, and the operator has one trouble.
TEST(told_macros, each_is_news_once_and_their_number_is_bounded) {
    detail::told_macros told;
    EXPECT_TRUE(told.is_news(macro_stage::mail, "i"));
    EXPECT_FALSE(told.is_news(macro_stage::mail, "i"));
    EXPECT_TRUE(told.is_news(macro_stage::rcpt, "i"));
    for (std::size_t i = 2; i != limits::missing_macros; ++i)
        EXPECT_TRUE(told.is_news(macro_stage::mail, '{' + std::to_string(i) + '}'));
    EXPECT_FALSE(told.is_news(macro_stage::mail, "{one_more}"));
}

TEST(accepting_threads, the_first_that_fails_and_the_last_that_recovers_are_told) {
    detail::accepting_threads threads;
    std::string told;
    for (int i = 0; i != 3; ++i) threads.fail([&] { told += "failing "; });
    for (int i = 0; i != 3; ++i) threads.recover([&] { told += "recovered "; });
    threads.fail([&] { told += "failing again"; });
    EXPECT_EQ(told, "failing recovered failing again");
}

// MP-260
TEST(descriptor, one_that_is_bound_is_listened_on) {
    int const bound = ::socket(AF_INET, SOCK_STREAM, 0);
    auto const endpoint = socket_spec::parse("inet:0@127.0.0.1")->endpoint();
    ASSERT_EQ(::bind(bound, endpoint.data(), static_cast<socklen_t>(endpoint.size())), 0);
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(bound, reinterpret_cast<sockaddr*>(&address), &size);
    auto const where = socket_spec::parse("inet:0@127.0.0.1")->with_port(ntohs(address.sin_port));

    boost::asio::io_context context;
    threads_seen seen;
    server one(context.get_executor(), [&] { return make_filter(notes_its_thread{&seen}); }, {}, nullptr);
    ASSERT_TRUE(one.listen(socket_spec::of_descriptor(bound)));
    EXPECT_EQ(one.listening().front().to_string(), "fd:" + std::to_string(bound));
    EXPECT_NE(::fcntl(bound, F_GETFD) & FD_CLOEXEC, 0);
    one.start();
    std::thread serving([&] { context.run(); });
    {
        mta peer(where);
        EXPECT_EQ(peer.ask(packets::offer()).substr(0, 1), "O");
    }
    boost::asio::post(context, [&] { one.stop(); });
    serving.join();
}

TEST(descriptor, one_that_is_no_bound_socket_is_refused) {
    boost::asio::io_context context;
    server one(context.get_executor(), [] { return std::unique_ptr<filter>(); }, {}, nullptr);
    EXPECT_EQ(one.listen(socket_spec::of_descriptor(987)).error(), errc::not_a_socket);
    EXPECT_EQ(one.listen(socket_spec::of_descriptor(0)).error(), errc::not_a_socket);
    int const datagrams = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(one.listen(socket_spec::of_descriptor(datagrams)).error(), errc::not_a_socket);
    ::close(datagrams);
    int const unbound = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(one.listen(socket_spec::of_descriptor(unbound)).error(), errc::not_a_socket);
    EXPECT_EQ(::close(unbound), 0) << "it is still ours";
}

}  // namespace
}  // namespace milterproto
