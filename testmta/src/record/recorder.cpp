#include "record/recorder.hpp"

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <csignal>
#include <exception>
#include <iostream>
#include <memory>
#include <stdexcept>

#include "host/net.hpp"
#include "record/frame_tap.hpp"
#include "record/recording.hpp"
#include "run/listening.hpp"

namespace testmta::record {

namespace asio = boost::asio;
using run::sender;

namespace {

using stream_socket = asio::generic::stream_protocol::socket;

constexpr std::size_t most_sessions_at_once = 1000;
constexpr std::size_t octets_at_once = 16 * 1024;

/// One connection of an MTA, and the one to the filter that was made for it.
class session {
public:
    /// Is one of those that are counted as long as it lives.
    session(asio::any_io_executor const& executor, std::size_t which, std::size_t& count)
        : number(which), mta(executor), filter(executor), count_(count) {
        ++count_;
    }
    session(session const&) = delete;
    ~session() { --count_; }

    run::duration age() const {
        return std::chrono::duration_cast<run::duration>(std::chrono::steady_clock::now() - begun_);
    }

    std::size_t number;
    stream_socket mta, filter;
    frame_tap from_mta, from_filter;

private:
    std::size_t& count_;
    std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

class recorder : public milterproto::listener_owner {
public:
    recorder(recorder_plan const& plan, std::ostream& to)
        : plan_(plan), to_(to), signals_(io_, SIGINT, SIGTERM) {}

    std::size_t run() {
        listener_ = run::listen_at(io_.get_executor(), plan_.listen, plan_.socket_mode);
        signals_.async_wait([this](boost::system::error_code cancelled, int) {
            if (!cancelled) io_.stop();
        });
        write(heading());
        listener_->start(*this);
        std::cerr << "listening at " << listener_->name() << std::endl;
        io_.run();
        if (thrown_) std::rethrow_exception(thrown_);
        return sessions_;
    }

    void on_newcomer(std::string_view, milterproto::newcomer peer) override {
        if (passing_ == most_sessions_at_once) return;
        auto const one = std::make_shared<session>(io_.get_executor(), ++sessions_, passing_);
        auto const family = peer.family();
        boost::system::error_code ignored;
        one->mta.assign({family, 0}, peer.release(), ignored);
        run_by_itself(pass(one));
    }

private:
    void run_by_itself(asio::awaitable<void> what) {
        asio::co_spawn(io_, std::move(what), [this](std::exception_ptr thrown) {
            if (!thrown) return;
            thrown_ = thrown;
            io_.stop();
        });
    }

    asio::awaitable<void> pass(std::shared_ptr<session> one) {
        auto const [bad] = co_await one->filter.async_connect(plan_.filter.endpoint(), as_value);
        if (bad) {
            std::cerr << "session " << one->number << ": cannot connect to " << plan_.filter.to_string()
                      << ": " << bad.message() << std::endl;
            co_return;
        }
        // What one side sends in a segment of its own the other side gets in one.
        boost::system::error_code ignored;
        one->mta.set_option(asio::ip::tcp::no_delay(true), ignored);
        one->filter.set_option(asio::ip::tcp::no_delay(true), ignored);
        run_by_itself(pump(one, sender::filter));
        co_await pump(one, sender::mta);
    }

    asio::awaitable<void> pump(std::shared_ptr<session> one, sender from) {
        auto& in = from == sender::mta ? one->mta : one->filter;
        auto& out = from == sender::mta ? one->filter : one->mta;
        auto& tap = from == sender::mta ? one->from_mta : one->from_filter;
        std::array<char, octets_at_once> room;
        for (auto is_taken = true; is_taken;) {
            auto const [bad, count] = co_await in.async_read_some(asio::buffer(room), as_value);
            if (bad) {
                end(*one, from, tap);
                break;
            }
            std::string_view const came(room.data(), count);
            for (auto& frame : tap.take(came)) note(*one, from, std::move(frame));
            auto const [gone, written] = co_await asio::async_write(out, asio::buffer(came), as_value);
            is_taken = !gone;
        }
        boost::system::error_code ignored;
        out.shutdown(asio::socket_base::shutdown_send, ignored);
        in.shutdown(asio::socket_base::shutdown_receive, ignored);
    }

    void end(session const& one, sender from, frame_tap const& tap) {
        if (auto rest = tap.rest(); !rest.empty()) note(one, from, std::move(rest));
        note(one, from, {});
    }

    void note(session const& one, sender from, std::string octets) {
        write(line_of({one.number, one.age(), from, std::move(octets), 0}));
    }

    void write(std::string_view text) {
        to_ << text << std::flush;
        if (!to_) throw std::runtime_error("the recording cannot be written");
    }

    recorder_plan const& plan_;
    std::ostream& to_;
    std::size_t passing_ = 0;  ///< sessions that there are now
    asio::io_context io_{1};
    asio::signal_set signals_;
    std::unique_ptr<milterproto::listener> listener_;
    std::size_t sessions_ = 0;
    std::exception_ptr thrown_;
};

}  // namespace

std::size_t record(recorder_plan const& plan, std::ostream& to) {
    return recorder(plan, to).run();
}

}  // namespace testmta::record
