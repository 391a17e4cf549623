#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "milterproto/core/wire/frame.hpp"
#include "milterproto/server.hpp"
#include "milterproto/support/packets.hpp"
#include "milterproto/virtual_time.hpp"

/// Memory is used up at every place of a session, one after the other: the n-th allocation fails, for every n
/// until a session needs no more than n of them (reliability.md 6).
namespace {

/// Lets one allocation fail while a test wants it. The program has one thread.
struct shortage {
    bool is_armed = false;
    bool has_struck = false;
    std::size_t left = 0;

    bool strikes() noexcept {
        if (!is_armed || has_struck || left-- != 0) return false;
        return has_struck = true;
    }
} memory;

void* allocate(std::size_t size) {
    auto* const made = memory.strikes() ? nullptr : std::malloc(size == 0 ? 1 : size);
    if (made == nullptr) throw std::bad_alloc();
    return made;
}

}  // namespace

void* operator new(std::size_t size) {
    return allocate(size);
}
void operator delete(void* what) noexcept {
    std::free(what);
}
void operator delete(void* what, std::size_t) noexcept {
    std::free(what);
}
// What Asio takes for its operations.
extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
    void* made = nullptr;
    if (memory.strikes() || ::posix_memalign(&made, alignment, size) != 0) return nullptr;
    return made;
}

namespace milterproto {
namespace {

using namespace std::chrono_literals;

struct seen_by_filters {
    int connections = 0;
    int messages = 0;
    int ends = 0;  ///< of messages
    int aborts = 0;
    int closes = 0;
};

/// Uses all that the library offers.
class busy_filter {
public:
    static constexpr macro_request macros[] = {{macro_stage::mail, "i {a_macro_that_no_mta_has}"}};

    explicit busy_filter(seen_by_filters& seen) : seen_(&seen) {}

    task<session_verdict> on_connect(connection&, connect_event const&) {
        ++seen_->connections;
        co_return proceed;
    }
    task<message_verdict> on_mail(connection& peer, message<>&, mail_event const&) {
        ++seen_->messages;  // here, because a task that cannot be awaited does not begin
        (void)peer.macro("i");
        return wait();
    }
    message_verdict on_rcpt(connection&, message<>&, rcpt_event const& event) {
        if (event.path == "<refused>") return smtp_reply::make(550, "5.1.1", "no such user here").value();
        return proceed;
    }
    void on_header(connection&, message<>&, header_event const&) {}
    body_verdict on_body(connection&, message<>&, body_event const&) { return proceed; }
    task<message_verdict> on_eom(connection&, message<>&, eom_actions<edit::add_header>& actions) {
        auto const added =
            actions.add_header("X-Seen", verbatim("yes, and in so many words that it takes memory"));
        ++seen_->ends;
        if (!added) co_return tempfail;
        co_return accept_now;
    }
    void on_abort(connection&, message<>&) { ++seen_->aborts; }
    void on_close(connection&) { ++seen_->closes; }

private:
    static task<message_verdict> wait() {
        co_await sleep_for(1ms);
        co_return proceed;
    }

    seen_by_filters* seen_;
};

class counting_observer final : public server_observer {
public:
    void on_accepted(milter_connection const&) override { ++accepted; }
    void on_refused(milter_connection const&, std::string_view) override { ++refused; }
    void on_closed(milter_connection const&, connection_end const& end) override {
        ++closed;
        broken += end.cause == errc::broken_off;
    }
    void on_exception(milter_connection const&, std::string_view, std::string_view) override { ++exceptions; }
    int accepted = 0, refused = 0, closed = 0, broken = 0, exceptions = 0;
};

/// A server and an MTA in one thread. The MTA never waits, and memory fails only while the server runs.
class site {
public:
    site() {
        EXPECT_TRUE(server_.listen(*socket_spec::parse("unix:" + path_)));
        server_.start();
    }
    ~site() {
        server_.stop();
        run();
        ::rmdir(folder_.c_str());
    }

    /// Plays a session with two messages. Returns the letters that came back; what is not a whole packet is
    /// told as "?".
    std::string play() {
        int const peer = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        sockaddr_un where{};
        where.sun_family = AF_UNIX;
        path_.copy(where.sun_path, sizeof where.sun_path - 1);
        EXPECT_EQ(::connect(peer, reinterpret_cast<sockaddr*>(&where), sizeof where), 0);
        run();
        for (auto const& one : commands()) {
            (void)::send(peer, one.data(), one.size(), MSG_NOSIGNAL);
            run();
        }
        auto heard = letters(peer);
        ::close(peer);
        run();
        return heard;
    }

    seen_by_filters seen;
    counting_observer told;
    std::size_t connections() const { return server_.connections(); }

    static std::vector<std::string> commands() {
        std::vector<std::string> all{packets::offer(),
                                     packets::macros('C', {"j", "mx.example.org"}) + packets::connect(),
                                     packets::helo()};
        for (int i = 0; i != 2; ++i) {
            all.push_back(packets::macros('M', {"i", std::string(300, 'x')}) + packets::mail());
            all.push_back(packets::rcpt("<refused>"));
            all.push_back(packets::rcpt("<a recipient with a name that takes memory>"));
            all.push_back(packets::data() + packets::header("Subject", "hello") + packets::end_of_headers() +
                          packets::body("hi") + packets::end_of_message());
            all.push_back(packets::abort());
        }
        all.push_back(packets::mail());
        all.push_back(packets::quit());
        return all;
    }

private:
    void run() {
        for (int i = 0; i != 3; ++i) {
            memory.is_armed = true;
            while (!polls_to_the_end()) {
            }
            memory.is_armed = false;
            time_.pass_blocked(200ms);
        }
    }
    /// Goes on where Asio lets through that a wait had no memory, as `run` does.
    bool polls_to_the_end() {
        try {
            context_.poll();
            return true;
        } catch (std::bad_alloc const&) {
            return false;
        }
    }
    static std::string letters(int peer) {
        std::array<char, 4096> bytes;
        core::frame_reader reader;
        for (;;) {
            auto const count = ::recv(peer, bytes.data(), bytes.size(), MSG_DONTWAIT);
            if (count <= 0) break;
            std::copy_n(bytes.data(), count, reader.prepare(static_cast<std::size_t>(count)).data());
            reader.commit(static_cast<std::size_t>(count));
        }
        std::string all;
        for (auto one = reader.next(); one.has_value() && *one; one = reader.next()) all += (*one)->letter;
        return reader.mid_frame() ? all + '?' : all;
    }

    std::string folder_ = [] {
        std::string made = "/tmp/milterproto-XXXXXX";
        return std::string(::mkdtemp(made.data()));
    }();
    std::string path_ = folder_ + "/milter";
    boost::asio::io_context context_{1};
    virtual_time time_{context_};
    server server_{context_.get_executor(), [this] { return make_filter(busy_filter(seen)); }, {}, &told};
};

// RS-089, RS-090, invariant I2, invariant I4
TEST(exhaustion, of_memory_at_any_place_ends_one_session_and_no_more) {
    std::string whole;
    {
        memory = {false, true, 0};
        site here;
        whole = here.play();
        EXPECT_EQ(here.told.closed, 1);
        EXPECT_EQ(here.seen.closes, 1);
        EXPECT_EQ(here.seen.ends, 2);
    }
    std::size_t sessions_broken = 0;
    std::size_t failures_of_filters = 0;
    for (std::size_t n = 0;; ++n) {
        SCOPED_TRACE("allocation " + std::to_string(n) + " fails");
        memory = {};
        site here;
        memory.left = n;
        auto const heard = here.play();
        bool const has_failed = memory.has_struck;
        memory = {false, true, 0};

        EXPECT_EQ(here.told.accepted, here.told.closed) << "each connection ends once";
        EXPECT_EQ(here.connections(), 0U);
        EXPECT_EQ(here.seen.closes, here.told.accepted) << "each filter hears of its end once";
        // A message that came, and whose on_mail had no memory to be called with, ends with an abort, too.
        EXPECT_LE(here.seen.ends + here.seen.aborts, here.seen.messages + here.told.broken);
        EXPECT_LE(here.told.exceptions, 1);
        EXPECT_EQ(heard.find('?'), heard.npos) << "only whole packets are sent";
        // Up to the failure the answers are those of every session, then there is at most one more, "try
        // again later"; or the filter itself failed, and the session goes on.
        auto const common = static_cast<std::size_t>(std::ranges::mismatch(heard, whole).in1 - heard.begin());
        if (here.told.broken != 0) {
            ++sessions_broken;
            EXPECT_TRUE(common == heard.size() || heard.substr(common) == "t") << heard;
        } else if (here.told.exceptions != 0) {
            ++failures_of_filters;
            EXPECT_EQ(heard.size() > common ? heard[common] : 't', 't') << heard;
        }
        EXPECT_EQ(here.play(), whole) << "the next session has memory again";
        if (!has_failed) break;
        if (testing::Test::HasFailure()) break;
    }
    EXPECT_GT(sessions_broken, 0U);
    EXPECT_GT(failures_of_filters, 0U);
}

/// Throws at one of its calls.
class throwing_observer final : public server_observer {
public:
    explicit throwing_observer(std::size_t at) : left_(at) {}
    void on_accepted(milter_connection const&) override { look(); }
    void on_refused(milter_connection const&, std::string_view) override { look(); }
    void on_closed(milter_connection const&, connection_end const&) override { look(); }
    void on_exception(milter_connection const&, std::string_view, std::string_view) override { look(); }
    void on_misplaced_verdict(milter_connection const&, std::string_view) override { look(); }
    void on_missing_macro(milter_connection const&, macro_stage, std::string_view) override { look(); }
    bool has_thrown() const { return has_thrown_; }

private:
    void look() {
        if (left_-- != 0) return;
        has_thrown_ = true;
        throw std::runtime_error("an observer's fault");
    }
    std::size_t left_;
    bool has_thrown_ = false;
};

// RS-090
TEST(exhaustion, an_observer_that_throws_ends_one_session_and_no_more) {
    for (std::size_t at = 0;; ++at) {
        boost::asio::io_context context(1);
        virtual_time time(context);
        seen_by_filters seen;
        throwing_observer told(at);
        server one(context.get_executor(), [&] { return make_filter(busy_filter(seen)); }, {}, &told);
        ASSERT_TRUE(one.listen(*socket_spec::parse("inet:0@127.0.0.1")));
        one.start();
        auto const where = one.listening().front().endpoint();
        for (int round = 0; round != 2; ++round) {
            int const peer = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
            ASSERT_EQ(::connect(peer, where.data(), static_cast<socklen_t>(where.size())), 0);
            for (auto const& command : site::commands()) {
                (void)::send(peer, command.data(), command.size(), MSG_NOSIGNAL);
                for (int i = 0; i != 3; ++i) {
                    context.poll();
                    time.pass_blocked(200ms);
                }
            }
            ::close(peer);
            context.poll();
        }
        EXPECT_EQ(one.connections(), 0U) << "it threw at call " << at;
        EXPECT_GE(seen.connections, 1) << "it threw at call " << at;
        if (!told.has_thrown()) break;
    }
}

}  // namespace
}  // namespace milterproto
