#include "session.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <exception>

namespace milterproto::detail {

namespace {

namespace asio = boost::asio;

constexpr auto outcome = asio::as_tuple(asio::use_awaitable);

/// No coroutine: hands on the one that the filter begins for this event.
struct to_filter {
    filter& author;
    connection& context;

    template <class Event>
    task<any_verdict> operator()(Event const& event) const {
        return author.call(context, event);
    }
    task<any_verdict> operator()(connect_event const& event) const {
        context.note(event);
        return author.call(context, event);
    }
    task<any_verdict> operator()(helo_event const& event) const {
        context.note(event);
        return author.call(context, event);
    }
    task<any_verdict> operator()(core::need_input const&) const { return let_pass(); }
    task<any_verdict> operator()(core::finished const&) const { return let_pass(); }
};

bool is_answered(core::filter_event const& event) {
    return !std::holds_alternative<core::abort_event>(event) &&
           !std::holds_alternative<core::close_event>(event);
}

}  // namespace

session_loop::session_loop(socket peer, std::uint64_t id, std::unique_ptr<filter> author,
                           server_options const& options, server_observer& watcher)
    : peer_(std::move(peer)),
      timer_(peer_.get_executor()),
      id_(id),
      filter_(std::move(author)),
      options_(options),
      watcher_(watcher),
      machine_(filter_->wishes(), options.max_payload),
      context_(machine_),
      begun_(std::chrono::steady_clock::now()) {}

task<> session_loop::run() {
    auto const self = shared_from_this();
    boost::system::error_code cause;
    for (;;) {
        auto const event = machine_.next();
        if (std::holds_alternative<core::finished>(event)) break;
        if (std::holds_alternative<core::need_input>(event)) {
            auto const failed = co_await exchange();
            if (failed) machine_.fail(failed);
            continue;
        }
        if (auto const* closed = std::get_if<core::close_event>(&event)) cause = closed->cause;
        auto verdict = co_await guarded_call(event);
        if (is_answered(event)) verdict = tell(std::move(verdict));
        filter_->settled(event, verdict, machine_.in_message() ? message_is::open : message_is::over);
        owes_tempfail_ = owes_tempfail_ && machine_.in_message();
        if (std::holds_alternative<core::close_event>(event)) context_.forget();
    }
    timer_.cancel();
    boost::system::error_code ignored;
    peer_.close(ignored);
    watcher_.on_closed(id_, cause);
}

void session_loop::stop() {
    cut_ = errc::stopped;
    machine_.fail(cut_);  // commands that came already are not looked at any more
    boost::system::error_code ignored;
    peer_.close(ignored);
}

/// Answers, and returns the verdict that took effect.
any_verdict session_loop::tell(any_verdict verdict) {
    if (owes_tempfail_) verdict = core::answer::tempfail;
    auto const text = verdict.reply() ? verdict.reply()->wire() : std::string();
    auto const became = machine_.answer(verdict.code(), text);
    if (became == core::answered::sent) return verdict;
    if (threw_) {
        owes_tempfail_ = true;
    } else if (!owes_tempfail_) {
        watcher_.on_misplaced_verdict(id_);
    }
    return core::answer::proceed;
}

/// An exception of the author's becomes a temporary failure of this message alone.
task<any_verdict> session_loop::guarded_call(core::filter_event const& event) {
    to_filter const show{*filter_, context_};
    std::string thrown;
    threw_ = false;
    try {
        auto verdict = co_await std::visit(show, event);
        co_return verdict;
    } catch (std::exception const& e) {
        thrown = e.what();
    } catch (...) {
        thrown = "not a std::exception";
    }
    threw_ = true;
    watcher_.on_exception(id_, thrown);
    co_return core::answer::tempfail;
}

/// Writes what waits, then reads once.
task<boost::system::error_code> session_loop::exchange() {
    if (!machine_.output().empty()) {
        guard(options_.write_timeout, errc::write_timeout);
        auto const reply = asio::buffer(machine_.output());
        auto const [failed, count] = co_await asio::async_write(peer_, reply, outcome);
        if (failed) co_return explain(failed);
        machine_.sent();
    }
    auto cause = errc::idle_timeout;
    auto const limit = patience(cause);
    guard(limit, cause);
    auto const room = machine_.input();
    auto const into = asio::buffer(room.data(), room.size());
    auto const [failed, count] = co_await peer_.async_read_some(into, outcome);
    if (failed) co_return explain(failed);
    unguard();
    machine_.received(count);
    co_return boost::system::error_code();
}

/// How long to wait for bytes: a frame that has begun must end, however slowly its octets drip.
std::chrono::milliseconds session_loop::patience(errc& cause) {
    using std::chrono::duration_cast;
    using std::chrono::milliseconds;
    auto const now = std::chrono::steady_clock::now();
    if (!machine_.mid_frame() || machine_.frames() != frames_seen_) frame_begun_.reset();
    frames_seen_ = machine_.frames();
    if (machine_.mid_frame() && !frame_begun_) frame_begun_ = now;
    auto limit = options_.idle_timeout;
    if (frame_begun_) {
        cause = errc::packet_timeout;
        limit = options_.packet_timeout - duration_cast<milliseconds>(now - *frame_begun_);
    }
    if (!machine_.negotiated()) {
        auto const left = options_.negotiate_timeout - duration_cast<milliseconds>(now - begun_);
        if (left < limit) {
            cause = errc::negotiate_timeout;
            limit = left;
        }
    }
    return std::max(limit, milliseconds(0));
}

void session_loop::guard(std::chrono::milliseconds limit, errc cause) {
    timer_.expires_after(limit);
    auto const expiry = timer_.expiry();
    timer_.async_wait([self = weak_from_this(), cause, expiry](boost::system::error_code cancelled) {
        auto const loop = self.lock();
        // A wait that had fired before the timer was set anew is stale.
        if (cancelled || !loop || loop->timer_.expiry() != expiry) return;
        loop->cut_ = cause;
        boost::system::error_code ignored;
        loop->peer_.close(ignored);
    });
}

/// The time that the author's callback takes is not the MTA's.
void session_loop::unguard() {
    timer_.expires_at(std::chrono::steady_clock::time_point::max());
}

boost::system::error_code session_loop::explain(boost::system::error_code seen) const {
    if (cut_) return cut_;
    (void)seen;  // an end of file and a reset mean the same: the MTA is gone
    return errc::peer_gone;
}

}  // namespace milterproto::detail
