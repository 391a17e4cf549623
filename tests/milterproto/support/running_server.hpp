#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <cstring>
#include <filesystem>
#include <future>
#include <mutex>
#include <thread>

#include "milterproto/core/wire/frame.hpp"
#include "milterproto/server.hpp"
#include "milterproto/support/packets.hpp"
#include "milterproto/text_observer.hpp"
#include "milterproto/virtual_time.hpp"

namespace milterproto::test {

/// A test fails, and does not hang, if what it waits for does not come by then.
inline constexpr std::chrono::seconds longest_wait{20};

/// What happened in the server's thread, so that the test's thread can wait for it.
class journal {
public:
    void write(std::string line) {
        std::scoped_lock const hold(mutex_);
        lines_.push_back(std::move(line));
        grown_.notify_all();
    }
    std::vector<std::string> lines() const {
        std::scoped_lock const hold(mutex_);
        return lines_;
    }
    /// Waits until the line was written that many times.
    testing::AssertionResult has(std::string const& line, std::ptrdiff_t times = 1) const {
        std::unique_lock hold(mutex_);
        auto const enough = [&] { return std::ranges::count(lines_, line) >= times; };
        if (grown_.wait_for(hold, longest_wait, enough)) return testing::AssertionSuccess();
        auto missing = testing::AssertionFailure() << "no \"" << line << "\" among:";
        for (auto const& one : lines_) missing << "\n  " << one;
        return missing;
    }

private:
    mutable std::mutex mutex_;
    mutable std::condition_variable grown_;
    std::vector<std::string> lines_;
};

/// Writes what it is told into one journal, and the lines that an operator would read into another.
class writing_observer final : public server_observer {
public:
    writing_observer(journal& into, journal& lines)
        : journal_(into), text_([&lines](std::string_view line) { lines.write(std::string(line)); }) {}
    void on_accepted(milter_connection const&) override { journal_.write("accepted"); }
    void on_refused(milter_connection const& which, std::string_view why) override {
        text_.on_refused(which, why);
        journal_.write("refused: " + std::string(why));
    }
    void on_closed(milter_connection const& which, connection_end const& end) override {
        text_.on_closed(which, end);
        journal_.write(end.cause ? "ended: " + end.cause.message() : "ended");
    }
    void on_exception(milter_connection const& which, std::string_view callback,
                      std::string_view what) override {
        text_.on_exception(which, callback, what);
        journal_.write("exception: " + std::string(what));
    }
    void on_misplaced_verdict(milter_connection const& which, std::string_view callback) override {
        text_.on_misplaced_verdict(which, callback);
        journal_.write("misplaced verdict");
    }
    void on_missing_macro(milter_connection const& which, macro_stage stage, std::string_view name) override {
        text_.on_missing_macro(which, stage, name);
        journal_.write("missing at " + std::string(setting_of(stage).stage) + ": " + std::string(name));
    }
    void on_reply_in_ascii(milter_connection const& which, std::string_view callback,
                           std::string_view text) override {
        text_.on_reply_in_ascii(which, callback, text);
        journal_.write("in ASCII: " + std::string(text));
    }

private:
    journal& journal_;
    text_observer text_;
};

/// Whose time a server lives by.
enum class time_is { real, simulated };

/// A server in a thread of its own.
class running_server {
public:
    running_server(server::factory make, server_options options = {},
                   std::string_view where = "inet:0@127.0.0.1", time_is whose = time_is::real)
        : observer_(journal_, lines_),
          time_(whose == time_is::real ? std::nullopt : std::optional(virtual_time(context_))),
          server_(context_.get_executor(), std::move(make), std::move(options), &observer_) {
        auto const bound = server_.listen(*socket_spec::parse(where));
        EXPECT_TRUE(bound) << bound.error().message();
        server_.start();
        thread_ = std::thread([this] { context_.run(); });
    }
    /// Does something in the server's thread and waits until it is done.
    template <class Function>
    auto run(Function function) {
        std::packaged_task<decltype(function())()> task(std::move(function));
        auto done = task.get_future();
        boost::asio::post(context_, [&task] { task(); });
        return done.get();
    }
    ~running_server() {
        run([this] { server_.stop(); });
        work_.reset();
        thread_.join();
    }
    running_server(running_server const&) = delete;

    /// Lets time pass, as far as the server knows.
    void pass(std::chrono::nanoseconds span) {
        run([&] { time_->advance(span); });
    }
    virtual_time& time() { return *time_; }

    server& get() { return server_; }
    boost::asio::any_io_executor executor() { return context_.get_executor(); }
    test::journal& journal() { return journal_; }
    /// What an operator reads.
    test::journal& lines() { return lines_; }
    /// Until the server has nothing to do but wait.
    void settle() {
        run([this] { context_.poll(); });
    }
    socket_spec where() {
        return run([this] { return server_.listening().front(); });
    }

private:
    test::journal journal_;
    test::journal lines_;
    writing_observer observer_;
    boost::asio::io_context context_{1};
    std::optional<virtual_time> time_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{context_.get_executor()};
    server server_;
    std::thread thread_;
};

/// The MTA's end of one connection: blocking, and never for longer than `longest_wait`.
class mta {
public:
    explicit mta(socket_spec const& where) : mta(where, nullptr) {}
    /// Comes from that IPv4 address.
    mta(socket_spec const& where, char const* from) {
        auto const endpoint = where.endpoint();
        descriptor_ = ::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (from != nullptr) {
            sockaddr_in local{};
            local.sin_family = AF_INET;
            ::inet_pton(AF_INET, from, &local.sin_addr);
            EXPECT_EQ(::bind(descriptor_, reinterpret_cast<sockaddr*>(&local), sizeof local), 0);
        }
        connected_ = ::connect(descriptor_, endpoint.data(), static_cast<socklen_t>(endpoint.size())) == 0;
    }
    ~mta() { ::close(descriptor_); }
    mta(mta&& other) noexcept
        : descriptor_(std::exchange(other.descriptor_, -1)), connected_(other.connected_) {}

    bool connected() const { return connected_; }
    int descriptor() const { return descriptor_; }

    /// False if the server closed.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            auto const count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (count <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
        return true;
    }
    /// The letter of the next packet and its payload up to a NUL; "closed" or "silence" if none comes.
    std::string reply() {
        for (;;) {
            auto const read = reader_.next();
            if (read.has_error()) return read.error().message();
            if (*read)
                return (*read)->letter + std::string((*read)->payload.substr(0, (*read)->payload.find('\0')));
            pollfd waiting{descriptor_, POLLIN, 0};
            if (::poll(&waiting, 1, static_cast<int>(std::chrono::milliseconds(longest_wait).count())) != 1)
                return "silence";
            auto const room = reader_.prepare();
            auto const count = ::recv(descriptor_, room.data(), room.size(), 0);
            if (count <= 0) return "closed";
            reader_.commit(static_cast<std::size_t>(count));
        }
    }
    /// Sends what the server takes without being waited for, and returns how much that was.
    std::size_t send_some(std::string_view bytes) {
        auto const count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        return count > 0 ? static_cast<std::size_t>(count) : 0;
    }
    /// Has nothing come, and is the connection open?
    bool hears_nothing() const {
        char byte;
        return ::recv(descriptor_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
    }
    /// Sends and returns the reply.
    std::string ask(std::string_view packet) {
        send(packet);
        return reply();
    }

private:
    int descriptor_ = -1;
    bool connected_ = false;
    core::frame_reader reader_;
};

inline mta negotiated_with(running_server& server) {
    mta peer(server.where());
    EXPECT_EQ(peer.ask(packets::offer()).substr(0, 1), "O");
    return peer;
}

/// A folder that is gone after the test.
class temporary_folder {
public:
    temporary_folder() {
        auto pattern = (std::filesystem::temp_directory_path() / "milterproto-XXXXXX").string();
        path_ = ::mkdtemp(pattern.data());
    }
    ~temporary_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    temporary_folder(temporary_folder const&) = delete;
    std::string operator/(std::string_view name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

}  // namespace milterproto::test
