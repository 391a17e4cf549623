#include "run/milter_stream.hpp"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <vector>

#include "host/net.hpp"
#include "text/printable.hpp"

namespace testmta::run {

namespace asio = boost::asio;

/// A longer frame is not read but reported (TM-052).
constexpr std::size_t largest_payload = 1024 * 1024;
/// Enough to recognise a protocol, and short enough for one line.
constexpr std::size_t most_of_beginning = 64;

milter_stream::milter_stream(asio::any_io_executor executor)
    : socket_(executor), timer_(executor), reader_(largest_payload) {}

void milter_stream::arm(duration limit) {
    late_ = false;
    timer_.expires_after(limit);
    timer_.async_wait([this, turn = ++turn_](boost::system::error_code cancelled) {
        if (cancelled || turn != turn_) return;
        late_ = true;
        boost::system::error_code ignored;
        socket_.cancel(ignored);
    });
}

void milter_stream::disarm() {
    ++turn_;
    timer_.cancel();
}

void milter_stream::begin() {
    close();
    reader_ = core::frame_reader(largest_payload);
    beginning_.clear();
    gone_ = false;
    reads_from_ = {};
}

asio::awaitable<boost::system::error_code> milter_stream::open(milterproto::socket_spec to, duration limit) {
    begin();
    arm(limit);
    auto const [bad] = co_await socket_.async_connect(to.endpoint(), as_value);
    disarm();
    if (late_) co_return asio::error::timed_out;
    boost::system::error_code ignored;
    // Each write is a segment of its own (TM-078).
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    co_return bad;
}

void milter_stream::adopt(int family, int descriptor) {
    begin();
    boost::system::error_code ignored;
    socket_.assign({family, 0}, descriptor, ignored);
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

namespace {

/// Returns the parts that the bytes leave in.
std::vector<std::string_view> parts_of(std::string_view octets, split_writes const& how) {
    std::vector<std::string_view> parts;
    std::size_t from = 0;
    for (auto const at : how.at) {
        if (at >= octets.size()) break;
        parts.push_back(octets.substr(from, at - from));
        from = at;
    }
    auto const step = how.each == 0 ? octets.size() : how.each;
    for (auto rest = octets.substr(from); !rest.empty(); rest.remove_prefix(std::min(step, rest.size())))
        parts.push_back(rest.substr(0, step));
    return parts;
}

}  // namespace

asio::awaitable<void> milter_stream::write(std::string octets, split_writes how, duration limit) {
    auto const parts = parts_of(octets, how);
    for (std::size_t i = 0; i != parts.size() && !gone_; ++i) {
        if (i != 0 && how.gap.count() != 0) co_await sleep(how.gap);
        co_await write_part(parts[i], limit);
    }
    written_ = std::chrono::steady_clock::now();
    first_octet_due_ = true;
}

asio::awaitable<void> milter_stream::write_part(std::string_view part, duration limit) {
    arm(limit);
    auto const [bad, count] = co_await asio::async_write(socket_, asio::buffer(part), as_value);
    disarm();
    gone_ = bad.failed();
}

asio::awaitable<void> milter_stream::await_end_of_pause() {
    if (reads_from_ == std::chrono::steady_clock::time_point()) co_return;
    auto const rest = reads_from_ - std::chrono::steady_clock::now();
    if (rest.count() > 0) co_await sleep(std::chrono::ceil<duration>(rest));
    reads_from_ = {};
}

asio::awaitable<milter_stream::arrival> milter_stream::read(duration limit) {
    co_await await_end_of_pause();
    auto const until = std::chrono::steady_clock::now() + limit;
    for (;;) {
        auto const next = reader_.next();
        if (!next) {
            problem_ = next.error();
            co_return arrival::malformed;
        }
        if (*next) {
            frame_ = **next;
            co_return arrival::frame;
        }
        if (!socket_.is_open()) co_return arrival::closed;
        auto const room = reader_.prepare();
        arm(std::chrono::duration_cast<duration>(until - std::chrono::steady_clock::now()));
        auto const [bad, count] =
            co_await socket_.async_read_some(asio::buffer(room.data(), room.size()), as_value);
        disarm();
        if (bad) co_return late_ ? arrival::late : arrival::closed;
        reader_.commit(count);
        // Keeps one byte more than is shown, to know that there was more.
        auto const missing = most_of_beginning + 1 - beginning_.size();
        beginning_.append(room.data(), std::min(count, missing));
        if (std::exchange(first_octet_due_, false)) {
            elapsed_ = std::chrono::duration_cast<duration>(std::chrono::steady_clock::now() - written_);
        }
    }
}

std::string milter_stream::beginning() const {
    bool const is_all = beginning_.size() <= most_of_beginning;
    auto const shown = std::string_view(beginning_).substr(0, most_of_beginning);
    return '"' + text::printable(shown) + '"' + (is_all ? "" : "...");
}

bool milter_stream::has_unread() {
    boost::system::error_code ignored;
    if (reads_from_ > std::chrono::steady_clock::now()) return false;
    return reader_.mid_frame() || (socket_.is_open() && socket_.available(ignored) != 0);
}

void milter_stream::finish_writing() {
    boost::system::error_code ignored;
    socket_.shutdown(asio::socket_base::shutdown_send, ignored);
}

void milter_stream::reset() {
    boost::system::error_code ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    close();
}

void milter_stream::pause_reading(duration time) {
    reads_from_ = std::chrono::steady_clock::now() + time;
}

void milter_stream::close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
}

}  // namespace testmta::run
