#include "testing/scripted_stream.hpp"

#include <algorithm>

namespace callout::testing {

scripted_stream::scripted_stream(scripted_peer peer, virtual_clock& clock, callout::endpoint local)
    : peer_(std::move(peer)), clock_(clock), local_(local), pause_(clock.make_alarm()) {
    say(peer_.greeting(), peer_.delay_of("greeting"));
    hung_up_ = peer_.hangs_up_after("greeting") || (has_said_all() && peer_.hangs_up_after("connect"));
}

boost::asio::awaitable<callout::result<std::size_t>> scripted_stream::read_some(std::span<char> into,
                                                                                callout::steady_time until) {
    if (closed_) co_return callout::errc::cancelled;
    if (has_said_all() && hung_up_) co_return callout::errc::closed;
    auto const ready = next_piece();
    auto const wake = std::min(ready, until);
    while (clock_.now() < wake && !closed_) co_await pause_->wait(wake);
    if (closed_) co_return callout::errc::cancelled;
    if (ready > until) co_return callout::errc::timed_out;
    let_arrive();
    auto const size = std::min({into.size(), arrived_.size(), peer_.piece()});
    std::copy_n(arrived_.begin(), size, into.begin());
    arrived_.erase(0, size);
    co_return size;
}

boost::asio::awaitable<callout::result<void>> scripted_stream::write(std::string_view bytes,
                                                                     callout::steady_time) {
    if (hung_up_) co_return callout::errc::closed;
    while (!bytes.empty() && !hung_up_) {
        auto const end = std::min(bytes.find("\r\n"), bytes.size());
        hear(bytes.substr(0, end));
        bytes.remove_prefix(std::min(end + 2, bytes.size()));
        if (peer_.loses_pipelined()) break;
    }
    co_return callout::result<void>();
}

boost::asio::awaitable<callout::result<callout::tls_session>> scripted_stream::start_tls(
    callout::tls_wish, callout::steady_time until) {
    auto const how = peer_.handshake();
    if (how == handshake::hangs) {
        while (clock_.now() < until && !closed_) co_await pause_->wait(until);
        co_return closed_ ? callout::errc::cancelled : callout::errc::timed_out;
    }
    if (how == handshake::fails) co_return callout::errc::tls_handshake;
    arrived_.clear();
    on_the_way_.clear();
    secure_ = true;
    callout::tls_session session;
    session.version = "TLSv1.3";
    session.cipher = "TLS_AES_256_GCM_SHA384";
    session.bits = 256;
    session.problems = peer_.certificate();
    co_return session;
}

callout::unread scripted_stream::pending() noexcept {
    let_arrive();
    if (!arrived_.empty()) return callout::unread::bytes;
    return hung_up_ && has_said_all() ? callout::unread::end : callout::unread::nothing;
}

void scripted_stream::close() noexcept {
    closed_ = true;
    pause_->ring();
}

void scripted_stream::hear(std::string_view command) {
    auto reply = secure_ ? peer_.reply_in_tls(command) : peer_.reply_to(command);
    say(std::move(reply), peer_.delay_of(command));
    hung_up_ = peer_.hangs_up_after(command);
}

void scripted_stream::say(std::string text, std::chrono::milliseconds delay) {
    if (text.empty()) return;
    on_the_way_.push_back({std::move(text), clock_.now() + delay});
    let_arrive();
}

callout::steady_time scripted_stream::next_piece() const {
    if (has_said_all()) return callout::steady_time::max();
    auto const from = arrived_.empty() ? on_the_way_.front().from : clock_.now();
    return std::max(from, clock_.now()) + peer_.pause();
}

/// What was said later does not overtake what was said before.
void scripted_stream::let_arrive() {
    while (!on_the_way_.empty() && on_the_way_.front().from <= clock_.now()) {
        arrived_ += on_the_way_.front().text;
        on_the_way_.pop_front();
    }
}

}  // namespace callout::testing
