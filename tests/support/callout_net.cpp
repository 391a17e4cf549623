#include "callout_net.hpp"

#include <algorithm>

namespace test {

/// A connection to a `callout_peer`, without a socket.
class callout_net::peer_stream final : public callout::stream {
public:
    peer_stream(callout_peer peer, callout_net& net, callout_connection& mine)
        : peer_(std::move(peer)),
          net_(net),
          mine_(mine),
          until_quit_(net.count_session()),
          pause_(net.clock_.make_alarm()),
          to_send_(peer_.greeting()) {
        hung_up_ = peer_.hangs_up_after("greeting") || (to_send_.empty() && peer_.hangs_up_after("connect"));
    }

    boost::asio::awaitable<callout::result<std::size_t>> read_some(std::span<char> into,
                                                                   callout::steady_time until) override {
        if (closed_) co_return callout::errc::cancelled;
        if (to_send_.empty() && hung_up_) co_return callout::errc::closed;
        auto const ready = to_send_.empty() ? until : net_.clock_.now() + peer_.pause();
        auto const wake = std::min(ready, until);
        while (net_.clock_.now() < wake && !closed_) co_await pause_->wait(wake);
        if (closed_) co_return callout::errc::cancelled;
        if (to_send_.empty() || ready > until) co_return callout::errc::timed_out;
        auto const size = std::min({into.size(), to_send_.size(), peer_.piece()});
        std::copy_n(to_send_.begin(), size, into.begin());
        to_send_.erase(0, size);
        co_return size;
    }

    boost::asio::awaitable<callout::result<void>> write(std::string_view bytes,
                                                        callout::steady_time) override {
        if (hung_up_) co_return callout::errc::closed;
        net_.heard.emplace_back(bytes);
        mine_.heard += bytes;
        while (!bytes.empty() && !hung_up_) {
            auto const end = std::min(bytes.find("\r\n"), bytes.size());
            auto const command = bytes.substr(0, end);
            bytes.remove_prefix(std::min(end + 2, bytes.size()));
            if (command == "QUIT") until_quit_.reset();
            to_send_ += secure_ ? peer_.reply_in_tls(command) : peer_.reply_to(command);
            hung_up_ = peer_.hangs_up_after(command);
            if (peer_.loses_pipelined()) break;
        }
        co_return callout::result<void>();
    }

    boost::asio::awaitable<callout::result<callout::tls_session>> start_tls(
        callout::tls_wish wish, callout::steady_time until) override {
        mine_.wish = wish;
        auto const how = peer_.handshake();
        if (how == test::handshake::hangs) {
            while (net_.clock_.now() < until && !closed_) co_await pause_->wait(until);
            co_return closed_ ? callout::errc::cancelled : callout::errc::timed_out;
        }
        if (how == test::handshake::fails) co_return callout::errc::tls_handshake;
        net_.heard.push_back("(TLS " + wish.server_name + ")");
        to_send_.clear();
        secure_ = true;
        callout::tls_session session;
        session.version = "TLSv1.3";
        session.cipher = "TLS_AES_256_GCM_SHA384";
        session.bits = 256;
        session.problems = peer_.certificate();
        co_return session;
    }
    callout::unread pending() noexcept override {
        if (!to_send_.empty()) return callout::unread::octets;
        return hung_up_ ? callout::unread::end : callout::unread::nothing;
    }
    callout::endpoint local() const noexcept override { return {}; }
    void close() noexcept override {
        closed_ = true;
        until_quit_.reset();
        pause_->ring();
    }

private:
    callout_peer peer_;
    callout_net& net_;
    callout_connection& mine_;
    std::shared_ptr<void> until_quit_;
    std::unique_ptr<callout::alarm> pause_;
    std::string to_send_;
    bool hung_up_ = false;
    bool closed_ = false;
    bool secure_ = false;
};

void callout_net::put(std::string_view address, callout_peer peer) {
    peers_.insert_or_assign(ip(address), std::move(peer));
}

boost::asio::awaitable<callout::result<std::unique_ptr<callout::stream>>> callout_net::connect(
    callout::endpoint to, std::optional<callout::ip_address> source, callout::steady_time until) {
    connects.push_back(to.address().to_string());
    auto& mine = connections.emplace_back(to, source);
    auto const found = peers_.find(to.address());
    if (found == peers_.end()) {
        auto const bell = clock_.make_alarm();
        while (clock_.now() < until) co_await bell->wait(until);
        co_return callout::errc::timed_out;
    }
    if (found->second.refusal()) co_return *found->second.refusal();
    co_return std::make_unique<peer_stream>(found->second, *this, mine);
}

std::shared_ptr<void> callout_net::count_session() {
    most_open = std::max(most_open, ++*open_);
    return std::shared_ptr<void>(nullptr, [open = open_](void*) { --*open; });
}

}  // namespace test
