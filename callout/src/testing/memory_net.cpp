#include "callout/testing/memory_net.hpp"

#include <algorithm>

#include "testing/scripted_stream.hpp"

namespace callout::testing {
namespace {

callout::ip_address ip(std::string_view text) {
    return boost::asio::ip::make_address(text);
}

bool has_quit(std::string_view bytes) {
    constexpr std::string_view quit = "QUIT\r\n";
    return bytes.starts_with(quit) || bytes.find("\r\nQUIT\r\n") != bytes.npos;
}

}  // namespace

/// Any connection, of which the net remembers what was wanted and said.
class memory_net::watched_stream final : public callout::stream {
public:
    watched_stream(std::unique_ptr<callout::stream> inner, memory_net& net, connection& mine)
        : inner_(std::move(inner)), net_(net), mine_(mine), until_quit_(net.count_session()) {}

    boost::asio::awaitable<callout::result<std::size_t>> read_some(std::span<char> into,
                                                                   callout::steady_time until) override {
        return inner_->read_some(into, until);
    }
    boost::asio::awaitable<callout::result<void>> write(std::string_view bytes,
                                                        callout::steady_time until) override {
        auto const written = co_await inner_->write(bytes, until);
        if (!written) co_return written.error();
        net_.heard.emplace_back(bytes);
        mine_.heard += bytes;
        if (has_quit(bytes)) until_quit_.reset();
        co_return callout::result<void>();
    }
    boost::asio::awaitable<callout::result<callout::tls_session>> start_tls(
        callout::tls_wish wish, callout::steady_time until) override {
        mine_.wish = wish;
        auto session = co_await inner_->start_tls(wish, until);
        if (session) net_.heard.push_back("(TLS " + wish.server_name + ")");
        co_return session;
    }
    callout::unread pending() noexcept override { return inner_->pending(); }
    callout::endpoint local() const noexcept override { return inner_->local(); }
    void close() noexcept override {
        until_quit_.reset();
        inner_->close();
    }

private:
    std::unique_ptr<callout::stream> inner_;
    memory_net& net_;
    connection& mine_;
    std::shared_ptr<void> until_quit_;
};

void memory_net::put(std::string_view address, scripted_peer peer) {
    auto& here = hosts_[ip(address)];
    here.refusal = peer.refusal();
    here.delay = peer.connection_delay();
    here.serve = [peer = std::move(peer), &clock = clock_](connection const& mine) {
        auto const from = mine.source.value_or(callout::ip_address());
        return std::make_unique<scripted_stream>(peer, clock, callout::endpoint(from, 0));
    };
}

void memory_net::put(std::string_view address, server at) {
    host here;
    here.serve = std::move(at);
    hosts_.insert_or_assign(ip(address), std::move(here));
}

void memory_net::refuse(std::string_view address, callout::errc why) {
    put(address, scripted_peer().refuse_connections(why));
}

boost::asio::awaitable<callout::result<std::unique_ptr<callout::stream>>> memory_net::connect(
    callout::endpoint to, std::optional<callout::ip_address> source, callout::steady_time until) {
    connects.push_back(to.address().to_string());
    auto& mine = connections.emplace_back(to, source);
    auto const found = hosts_.find(to.address());
    auto const there = found != hosts_.end() ? found->second : host();
    auto const ready = there.serve ? clock_.now() + there.delay : callout::steady_time::max();
    auto const is_reached = co_await wait(ready, until);
    if (!is_reached) co_return callout::errc::timed_out;
    if (there.refusal) co_return *there.refusal;
    co_return std::make_unique<watched_stream>(there.serve(mine), *this, mine);
}

boost::asio::awaitable<bool> memory_net::wait(callout::steady_time then, callout::steady_time until) {
    auto const wake = std::min(then, until);
    auto const bell = clock_.make_alarm();
    while (clock_.now() < wake) co_await bell->wait(wake);
    co_return then <= until;
}

std::shared_ptr<void> memory_net::count_session() {
    most_open = std::max(most_open, ++*open_);
    return std::shared_ptr<void>(nullptr, [open = open_](void*) { --*open; });
}

}  // namespace callout::testing
