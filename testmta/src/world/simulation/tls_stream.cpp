#include "world/simulation/tls_stream.hpp"

#include <algorithm>
#include <array>

namespace testmta::world {

namespace {

namespace asio = boost::asio;

/// How much is read from the wire at once.
constexpr std::size_t wire_room = 4096;

/// Returns the error of the handshake: a peer that closes during it is a peer that cannot do it.
boost::system::error_code failed(boost::system::error_code why) {
    return why == callout::errc::closed ? make_error_code(callout::errc::tls_handshake) : why;
}

}  // namespace

asio::awaitable<callout::result<std::size_t>> tls_stream::read_some(std::span<char> into,
                                                                    callout::steady_time until) {
    if (!tls_) co_return co_await wire_->read_some(into, until);
    while (plain_.empty()) {
        auto const received = co_await receive(until);
        if (!received) co_return received.error();
        plain_ += tls_->read();
        if (plain_.empty() && tls_->has_failed()) co_return callout::errc::closed;
    }
    auto const size = std::min(plain_.size(), into.size());
    std::copy_n(plain_.begin(), size, into.begin());
    plain_.erase(0, size);
    co_return size;
}

asio::awaitable<callout::result<void>> tls_stream::write(std::string_view octets,
                                                         callout::steady_time until) {
    if (!tls_) co_return co_await wire_->write(octets, until);
    tls_->write(octets);
    co_return co_await send(until);
}

asio::awaitable<callout::result<callout::tls_session>> tls_stream::start_tls(callout::tls_wish wish,
                                                                             callout::steady_time until) {
    tls_.emplace(tls_channel::client(wish.server_name, static_cast<int>(wish.minimum)));
    while (!tls_->is_open()) {
        auto const sent = co_await send(until);
        if (!sent) co_return failed(sent.error());
        auto const received = co_await receive(until);
        if (!received) co_return failed(received.error());
        if (tls_->has_failed()) co_return callout::errc::tls_handshake;
    }
    auto const sent = co_await send(until);
    if (!sent) co_return failed(sent.error());
    callout::tls_session found;
    found.version = tls_->version();
    co_return found;
}

callout::unread tls_stream::pending() noexcept {
    while (tls_ && wire_->pending() == callout::unread::bytes) {  // it may be only a session ticket
        std::array<char, wire_room> sealed;
        tls_->feed(std::string_view(sealed.data(), wire_->take(sealed)));
        plain_ += tls_->read();
    }
    return plain_.empty() ? wire_->pending() : callout::unread::bytes;
}

asio::awaitable<callout::result<void>> tls_stream::send(callout::steady_time until) {
    auto const sealed = tls_->to_wire();
    co_return co_await wire_->write(sealed, until);
}

asio::awaitable<callout::result<void>> tls_stream::receive(callout::steady_time until) {
    std::array<char, wire_room> sealed;
    std::span<char> const where(sealed);
    auto const got = co_await wire_->read_some(where, until);
    if (!got) co_return got.error();
    tls_->feed(std::string_view(sealed.data(), *got));
    co_return callout::result<void>();
}

}  // namespace testmta::world
