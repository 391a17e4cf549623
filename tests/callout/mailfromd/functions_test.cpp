#include "callout/mailfromd/functions.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>

#include "callout/mailfromd/server.hpp"

namespace {

using namespace callout;
namespace asio = boost::asio;
using protocol = asio::local::stream_protocol;
constexpr auto outcome = asio::as_tuple(asio::use_awaitable);

/// A callout server without an engine: an address that begins with "ghost" is not found, and mx.x is asked
/// about it the first time.
class fake_server {
public:
    explicit fake_server(asio::io_context& context)
        : path("/tmp/vouch-functions-" + std::to_string(::getpid()) + ".sock"), context_(context) {
        std::filesystem::remove(path);
        acceptor_.emplace(context, protocol::endpoint(path));
        asio::co_spawn(context, accept(), asio::detached);
    }
    ~fake_server() { std::filesystem::remove(path); }

    std::string path;
    bool silent = false;
    std::size_t connections = 0;
    std::string heard;
    std::size_t asked = 0;

    void stop() { acceptor_->close(); }

private:
    asio::awaitable<void> accept() {
        while (acceptor_->is_open()) {
            auto [failed, peer] = co_await acceptor_->async_accept(outcome);
            if (failed) co_return;
            ++connections;
            asio::co_spawn(context_, serve(std::move(peer)), asio::detached);
        }
    }
    asio::awaitable<void> serve(protocol::socket peer) {
        core::callout_server machine((core::callout_server_options()));
        std::array<char, 512> input;
        while (!machine.finished() || !machine.output().empty()) {
            for (auto const& one : machine.take_run()) answer(machine, one);
            auto const output = std::string(silent ? "" : machine.output());
            auto const bytes = asio::buffer(output);
            machine.written(output.size());
            co_await asio::async_write(peer, bytes, outcome);
            if (machine.finished() && machine.output().empty()) break;
            auto const into = asio::buffer(input);
            auto const [failed, count] = co_await peer.async_read_some(into, outcome);
            if (failed) co_return;
            heard.append(input.data(), count);
            machine.feed(std::string_view(input.data(), count));
        }
    }
    void answer(core::callout_server& machine, core::callout_question const& one) {
        bool const ghost = one.address.starts_with("ghost");
        if (asked++ == 0) {
            machine.progress(one.id, core::poll_stage::init, "mx.x");
            machine.progress(one.id, core::poll_stage::recv, "250 ok");
        }
        machine.answer(one.id, ghost ? verification(status::fail, reason::no_mailbox)
                                     : verification(status::pass, reason::accepted));
    }

    asio::io_context& context_;
    std::optional<protocol::acceptor> acceptor_;
};

class callout_functions_test : public ::testing::Test {
protected:
    static steady_time in(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }
    static steady_time soon() { return in(std::chrono::minutes(1)); }

    /// Runs a call to its end.
    template <class T>
    T finish(asio::awaitable<T> call) {
        std::optional<T> found;
        asio::co_spawn(context, keep(std::move(call), found), [this](std::exception_ptr const& thrown) {
            EXPECT_FALSE(thrown);
            context.stop();
        });
        context.restart();
        context.run();
        return *std::move(found);
    }
    template <class T>
    static asio::awaitable<void> keep(asio::awaitable<T> call, std::optional<T>& into) {
        into = co_await std::move(call);
    }

    asio::io_context context;
    fake_server server{context};
    callout_functions functions{context.get_executor(), nullptr, with_default()};

    callout_functions_options with_default() const {
        callout_functions_options options;
        options.default_callout_server_url = "unix://" + server.path;
        options.session.ehlo_domain = "mta.example";
        return options;
    }
};

TEST_F(callout_functions_test, CP_098_a_handle_keeps_what_the_last_answer_said) {
    auto opened = finish(functions.callout_open("unix://" + server.path, soon()));
    ASSERT_TRUE(opened);
    auto fd = *std::move(opened);
    auto const first = finish(functions.callout_do(fd, "ann@b.example", "MODE=mxfirst", soon()));
    ASSERT_TRUE(first);
    EXPECT_EQ(first->status, callout_status::success);
    EXPECT_EQ(first->last_poll.host, "mx.x");
    EXPECT_FALSE(fd.cache_used());
    auto const second = finish(functions.callout_do(fd, "ghost@b.example", "", soon()));
    ASSERT_TRUE(second);
    EXPECT_EQ(second->status, callout_status::e_not_found);
    EXPECT_EQ(second->last_poll.host, "");
    EXPECT_EQ(fd.last_poll_host(), "mx.x");
    EXPECT_EQ(fd.last_poll_recv(), "250 ok");
    EXPECT_TRUE(fd.cache_used());
    EXPECT_TRUE(finish(functions.callout_close(fd, soon())));
    EXPECT_FALSE(finish(functions.callout_close(fd, soon())));
    EXPECT_FALSE(finish(functions.callout_do(fd, "ann@b.example", "", soon())));
    EXPECT_TRUE(server.heard.ends_with("RUN\r\nQUIT\r\n"));  // CP-102
}

TEST_F(callout_functions_test, a_handle_that_was_moved_from_is_closed) {
    auto opened = finish(functions.callout_open("unix://" + server.path, soon()));
    ASSERT_TRUE(opened);
    auto const fd = *std::move(opened);
    auto& left_over = *opened;
    EXPECT_TRUE(fd.is_open());
    EXPECT_FALSE(left_over.is_open());
    EXPECT_EQ(left_over.last_poll_host(), "");
    EXPECT_EQ(left_over.last_poll_greeting(), "");
    EXPECT_EQ(left_over.last_poll_helo(), "");
    EXPECT_EQ(left_over.last_poll_sent(), "nothing");
    EXPECT_EQ(left_over.last_poll_recv(), "nothing");
    EXPECT_FALSE(left_over.cache_used());
    auto const answer = finish(functions.callout_do(left_over, "ann@b.example", "", soon()));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().text, "the handle is closed");
    EXPECT_FALSE(finish(functions.callout_close(left_over, soon())));
}

TEST_F(callout_functions_test, CP_091_the_null_address_is_good_and_nothing_is_sent) {
    auto opened = finish(functions.callout_open("unix://" + server.path, soon()));
    ASSERT_TRUE(opened);
    auto fd = *std::move(opened);
    for (auto const* null : {"", "<>"}) {
        auto const answer = finish(functions.callout_do(fd, null, "", soon()));
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->status, callout_status::success);
    }
    EXPECT_EQ(server.asked, 0u);
    EXPECT_EQ(server.heard.find("VRFY"), std::string::npos);
}

TEST_F(callout_functions_test, CP_103_callout_uses_one_connection_for_all_its_calls) {
    EXPECT_EQ(functions.default_callout_server_url(), "unix://" + server.path);
    for (int i = 0; i != 3; ++i) {
        auto const answer = finish(functions.callout(i == 1 ? "ghost@b.example" : "ann@b.example", soon()));
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->status, i == 1 ? callout_status::e_not_found : callout_status::success);
    }
    EXPECT_EQ(server.connections, 1u);
    auto const count = [&](std::string_view word) {
        std::size_t times = 0;
        for (auto at = server.heard.find(word); at != std::string::npos; at = server.heard.find(word, at + 1))
            ++times;
        return times;
    };
    EXPECT_EQ(count("SID "), 1u);
    EXPECT_EQ(count("SET EHLO=\"mta.example\"\r\n"), 3u);
}

TEST_F(callout_functions_test, what_no_server_takes_is_an_error_that_says_so) {
    auto opened = finish(functions.callout_open("unix://" + server.path, soon()));
    ASSERT_TRUE(opened);
    auto fd = *std::move(opened);
    auto const injected = finish(functions.callout_do(fd, "a@b\r\nQUIT", "", soon()));
    ASSERT_FALSE(injected);
    EXPECT_EQ(injected.error().what, callout_fault::e_range);
    EXPECT_TRUE(fd.is_open());  // nothing was said
    auto const refused = finish(functions.callout_do(fd, "a@b.example", "FOO=1", soon()));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().what, callout_fault::e_callout_proto);
    EXPECT_EQ(refused.error().text, "NO unknown attribute");
    EXPECT_FALSE(fd.is_open());
}

TEST_F(callout_functions_test, a_name_that_cannot_stand_in_EHLO_is_refused_where_it_is_set) {
    auto options = with_default();
    options.session.ehlo_domain = "two words";
    callout_functions misnamed(context.get_executor(), nullptr, options);
    auto const opened = finish(misnamed.callout_open("unix://" + server.path, soon()));
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().what, callout_fault::e_range);
    EXPECT_EQ(server.connections, 0u);
}

TEST_F(callout_functions_test, CP_104_no_server_is_e_failure) {
    for (auto const* url : {"unix:///no/such/socket", "inet://127.0.0.1:1", "inet://host", ""}) {
        auto const opened = finish(functions.callout_open(url, soon()));
        ASSERT_FALSE(opened) << url;
        EXPECT_EQ(opened.error().what, callout_fault::e_failure) << url;
    }
    auto const local = finish(functions.callout_open("local:", soon()));
    ASSERT_FALSE(local);
    EXPECT_EQ(local.error().text, "local: there is no engine in this process");
}

TEST_F(callout_functions_test, a_server_that_never_answers_ends_at_the_deadline) {
    server.silent = true;
    auto const until = in(std::chrono::milliseconds(50));
    auto const opened = finish(functions.callout_open("unix://" + server.path, until));
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().what, callout_fault::e_timeout);
    EXPECT_GE(std::chrono::steady_clock::now(), until);
}

}  // namespace
