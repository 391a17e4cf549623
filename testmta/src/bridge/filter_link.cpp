#include "bridge/filter_link.hpp"

#include <boost/asio/buffer.hpp>

#include "host/net.hpp"
#include "milterproto/core/error.hpp"

namespace testmta::bridge {

namespace asio = boost::asio;

namespace {

/// An operation is cancelled only by its timer.
boost::system::error_code cause_of(boost::system::error_code bad) {
    return bad == asio::error::operation_aborted ? make_error_code(asio::error::timed_out) : bad;
}

}  // namespace

filter_link::filter_link(asio::any_io_executor const& executor, milterproto::socket_spec where,
                         core::mta_dialect const& as)
    : where_(std::move(where)), name_(where_.to_string()), mta_(as), socket_(executor), timer_(executor) {}

asio::awaitable<filter_answer> filter_link::open() {
    mta().begin();
    co_await connect();
    co_return co_await settle();
}

asio::awaitable<filter_answer> filter_link::settle(change_handler on_change) {
    filter_answer answer;
    for (;;) {
        auto const event = mta_.next();
        if (!std::holds_alternative<core::need_io>(event)) {
            take(event, on_change, answer);
            continue;
        }
        if (!socket_.is_open()) break;
        if (!mta_.output().empty())
            co_await write();
        else if (mta_.reply_due())
            co_await read();
        else
            break;
    }
    if (mta_.over()) {
        boost::system::error_code ignored;
        socket_.close(ignored);
    }
    co_return answer;
}

void filter_link::take(core::mta_event const& event, change_handler const& on_change, filter_answer& into) {
    if (auto const* one = std::get_if<core::filter_verdict>(&event)) {
        into.verdict = one->verdict;
        into.to = one->to;
        into.reply = one->reply;
    } else if (auto const* change = std::get_if<core::filter_change>(&event)) {
        if (!on_change) return;
        if (auto const done = on_change(change->what); !done) mta_.fail(done.error());
    } else if (auto const* end = std::get_if<core::filter_failed>(&event)) {
        into.failed = end->why;
        boost::system::error_code ignored;
        socket_.close(ignored);
    }
}

asio::awaitable<void> filter_link::connect() {
    arm(core::mta_clock::now() + mta_.dialect().timeouts.connect);
    auto const [bad] = co_await socket_.async_connect(where_.endpoint(), as_value);
    disarm();
    if (bad) mta_.fail(cause_of(bad));
}

asio::awaitable<void> filter_link::write() {
    auto const output = mta_.output();
    arm(core::mta_clock::now() + mta_.dialect().timeouts.write);
    auto const [bad, count] =
        co_await socket_.async_write_some(asio::buffer(output.data(), output.size()), as_value);
    disarm();
    mta_.sent(count);
    if (bad) mta_.fail(cause_of(bad));
}

asio::awaitable<void> filter_link::read() {
    mta_.at(core::mta_clock::now());
    auto const room = mta_.input();
    arm(mta_.due_until());
    auto const [bad, count] =
        co_await socket_.async_read_some(asio::buffer(room.data(), room.size()), as_value);
    disarm();
    mta_.received(count);
    if (bad == asio::error::operation_aborted)
        mta_.fail(make_error_code(asio::error::timed_out));
    else if (bad)
        mta_.fail(make_error_code(milterproto::errc::peer_gone));
}

void filter_link::arm(std::optional<core::mta_clock::time_point> until) {
    auto const mine = ++*turn_;
    if (!until) return;
    timer_.expires_at(*until);
    timer_.async_wait([this, turn = turn_, mine](boost::system::error_code cancelled) {
        if (cancelled || mine != *turn) return;
        boost::system::error_code ignored;
        socket_.cancel(ignored);
    });
}

void filter_link::disarm() {
    ++*turn_;
    timer_.cancel();
}

}  // namespace testmta::bridge
