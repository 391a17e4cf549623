#include "shell/conversation.hpp"

#include <boost/asio/this_coro.hpp>
#include <string_view>

#include "sending/preparation.hpp"

namespace submission::shell {
namespace {

namespace asio = boost::asio;

constexpr std::size_t bytes_of_replies = 16 * 1024;
constexpr std::size_t bytes_of_content = 64 * 1024;
/// A server that hangs up may have said why: what it said has arrived by then.
constexpr std::chrono::milliseconds last_words{500};

}  // namespace

conversation::conversation(sending::session& talk, callout::stream& peer, callout::clock const& clock,
                           phase_times const& times, batch& what, tls_start tls)
    : talk_(talk),
      peer_(peer),
      clock_(clock),
      times_(times),
      what_(what),
      tls_(tls),
      until_(clock.now() + times.greeting),
      received_(bytes_of_replies) {}

asio::awaitable<void> conversation::hold() {
    talk_.start();
    while (true) {
        auto const now = talk_.next();
        if (now.what == sending::action::kind::done) co_return;
        during_ = now.during;
        if (now.number != number_) until_ = clock_.now() + times_.of(now.during);
        number_ = now.number;
        co_await obey(now);
        bool const cancelled = co_await is_cancelled();
        if (cancelled) talk_.cancel();
    }
}

asio::awaitable<void> conversation::obey(sending::action now) {
    using kind = sending::action::kind;
    switch (now.what) {
        case kind::write: co_await write(); break;
        case kind::read: co_await read(); break;
        case kind::start_tls: co_await start_tls(); break;
        case kind::measure: co_await measure(what_.messages[now.message]); break;
        case kind::fill: co_await fill(what_.messages[now.message]); break;
        case kind::done: break;
    }
}

asio::awaitable<void> conversation::write() {
    auto const bytes = talk_.output();
    auto const size = bytes.size();
    auto const done = co_await peer_.write(bytes, until_);
    if (done) {
        bytes_out_ += size;
        co_return talk_.written();
    }
    bool const cancelled = co_await is_cancelled();
    if (cancelled) co_return;
    std::span<char> const into(received_);
    auto const got = co_await peer_.read_some(into, clock_.now() + last_words);
    if (got) talk_.feed(std::string_view(received_.data(), *got));
    talk_.lost(done.error());
}

asio::awaitable<void> conversation::read() {
    std::span<char> const into(received_);
    auto const got = co_await peer_.read_some(into, until_);
    bool const cancelled = co_await is_cancelled();
    if (cancelled) co_return;
    if (!got) co_return talk_.lost(got.error());
    bytes_in_ += *got;
    talk_.feed(std::string_view(received_.data(), *got));
}

/// The server waits for our first octet now. Whatever came in clear is somebody else's (RFC 3207 4.2).
asio::awaitable<void> conversation::start_tls() {
    bool const is_injected = talk_.has_leftover() || peer_.pending() == callout::unread::bytes;
    if (tls_ == tls_start::on_request && is_injected)
        co_return talk_.secured(callout::errc::bytes_before_tls);
    auto const made = co_await peer_.start_tls(talk_.wish(), until_);
    bool const cancelled = co_await is_cancelled();
    if (!cancelled) talk_.secured(made);
}

asio::awaitable<void> conversation::measure(message& what) {
    rewound_ = nullptr;
    if (!what.content->is_repeatable()) co_return talk_.measured(what.size);
    sending::measure octets(what);
    what.content->rewind();
    while (true) {
        auto const got = co_await read_content(*what.content);
        if (!got) co_return talk_.content_failed();
        if (*got == 0) break;
        octets.feed(std::string_view(content_.data(), *got));
    }
    talk_.measured(octets.finish());
}

asio::awaitable<void> conversation::fill(message& what) {
    if (rewound_ != what.content.get() && what.content->is_repeatable()) what.content->rewind();
    rewound_ = what.content.get();
    auto const got = co_await read_content(*what.content);
    bool const cancelled = co_await is_cancelled();
    if (cancelled) co_return;
    if (!got) co_return talk_.content_failed();
    if (*got > 0) co_return talk_.filled(std::string_view(content_.data(), *got));
    rewound_ = nullptr;
    talk_.content_ended();
}

/// The application's code may throw; that is a content that cannot be read.
asio::awaitable<result<std::size_t>> conversation::read_content(content_source& from) {
    content_.resize(bytes_of_content);
    std::span<char> const into(content_);
    result<std::size_t> got = errc::content_failed;
    try {
        got = co_await from.read_some(into);
    } catch (std::exception const&) {
        got = errc::content_failed;
    }
    co_return got;
}

asio::awaitable<bool> conversation::is_cancelled() const {
    auto const state = co_await asio::this_coro::cancellation_state;
    co_return state.cancelled() != asio::cancellation_type::none;
}

}  // namespace submission::shell
