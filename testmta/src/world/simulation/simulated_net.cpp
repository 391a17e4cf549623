#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>

#include "world/peers/peer_connection.hpp"
#include "world/peers/tls_channel.hpp"
#include "world/simulation/simulation.hpp"

namespace testmta::world {

namespace {

namespace asio = boost::asio;

/// How many bytes may be under way before the writer must wait.
constexpr std::size_t window = 64 * 1024;

/// One direction of a connection. Each write makes a segment, and a read takes bytes of one segment.
class direction {
public:
    explicit direction(virtual_clock& clock) : arrived_(clock.make_alarm()), taken_(clock.make_alarm()) {}

    void put(std::string_view octets) {
        segments_.emplace_back(octets);
        octets_ += octets.size();
        arrived_->ring();
    }
    std::size_t take(std::span<char> into) {
        auto& first = segments_.front();
        auto const size = std::min(first.size(), into.size());
        std::copy_n(first.begin(), size, into.begin());
        first.erase(0, size);
        if (first.empty()) segments_.pop_front();
        octets_ -= size;
        taken_->ring();
        return size;
    }
    void end() {
        ended_ = true;
        arrived_->ring();
        taken_->ring();
    }

    bool is_empty() const { return segments_.empty(); }
    bool is_full() const { return octets_ >= window; }
    bool has_ended() const { return ended_; }
    callout::alarm& arrived() { return *arrived_; }
    callout::alarm& taken() { return *taken_; }

private:
    std::unique_ptr<callout::alarm> arrived_;
    std::unique_ptr<callout::alarm> taken_;
    std::deque<std::string> segments_;
    std::size_t octets_ = 0;
    bool ended_ = false;
};

/// A connection, which both ends share.
class wire {
public:
    explicit wire(virtual_clock& time) : clock(time), to_peer(time), to_client(time) {}

    /// Ends both directions.
    void cut() {
        to_peer.end();
        to_client.end();
        is_cut = true;
    }

    virtual_clock& clock;
    direction to_peer;
    direction to_client;
    bool is_cut = false;  // a client that writes then gets an error
};

class simulated_stream final : public callout::stream {
public:
    simulated_stream(std::shared_ptr<wire> line, callout::ip_address from)
        : line_(std::move(line)), from_(std::move(from)) {}
    ~simulated_stream() override { close(); }

    asio::awaitable<callout::result<std::size_t>> read_some(std::span<char> into,
                                                            callout::steady_time until) override {
        if (!tls_) co_return co_await read_wire(into, until);
        while (plain_.empty()) {
            std::array<char, 4096> room;
            std::span<char> const where(room);
            auto const got = co_await read_wire(where, until);
            if (!got) co_return got.error();
            decrypt(std::string_view(room.data(), *got));
            if (plain_.empty() && tls_->has_failed()) co_return callout::errc::closed;
        }
        auto const size = std::min(plain_.size(), into.size());
        std::copy_n(plain_.begin(), size, into.begin());
        plain_.erase(0, size);
        co_return size;
    }

    asio::awaitable<callout::result<void>> write(std::string_view octets,
                                                 callout::steady_time until) override {
        if (!tls_) co_return co_await write_wire(octets, until);
        tls_->write(octets);
        auto const sealed = tls_->to_wire();
        co_return co_await write_wire(sealed, until);
    }

    asio::awaitable<callout::result<callout::tls_session>> start_tls(callout::tls_wish wish,
                                                                     callout::steady_time until) override {
        tls_.emplace(tls_channel::client(wish.server_name, static_cast<int>(wish.minimum)));
        while (!tls_->is_open()) {
            auto const ours = tls_->to_wire();
            auto const written = co_await write_wire(ours, until);
            if (!written) co_return failed(written.error());
            std::array<char, 4096> room;
            std::span<char> const where(room);
            auto const got = co_await read_wire(where, until);
            if (!got) co_return failed(got.error());
            tls_->feed(std::string_view(room.data(), *got));
            if (tls_->has_failed()) co_return callout::errc::tls_handshake;
        }
        auto const ours = tls_->to_wire();
        auto const written = co_await write_wire(ours, until);
        if (!written) co_return failed(written.error());
        callout::tls_session found;
        found.version = tls_->version();
        co_return found;
    }

    callout::unread pending() noexcept override {
        auto& in = line_->to_client;
        while (tls_ && !in.is_empty()) {  // it may be only a session ticket
            std::array<char, 4096> room;
            decrypt(std::string_view(room.data(), in.take(room)));
        }
        if (!plain_.empty() || !in.is_empty()) return callout::unread::octets;
        return in.has_ended() ? callout::unread::end : callout::unread::nothing;
    }

    callout::endpoint local() const noexcept override { return callout::endpoint(from_, 0); }
    void close() noexcept override {
        if (closed_) return;
        closed_ = true;
        line_->cut();
    }

private:
    asio::awaitable<callout::result<std::size_t>> read_wire(std::span<char> into,
                                                            callout::steady_time until) {
        auto const line = line_;
        auto& in = line->to_client;
        while (in.is_empty() && !in.has_ended() && !closed_ && line->clock.now() < until)
            co_await in.arrived().wait(until);
        if (closed_) co_return callout::errc::cancelled;
        if (!in.is_empty()) co_return in.take(into);
        co_return in.has_ended() ? callout::errc::closed : callout::errc::timed_out;
    }

    asio::awaitable<callout::result<void>> write_wire(std::string_view octets, callout::steady_time until) {
        auto const line = line_;
        auto& out = line->to_peer;
        while (out.is_full() && !out.has_ended() && line->clock.now() < until)
            co_await out.taken().wait(until);
        if (closed_) co_return callout::errc::cancelled;
        if (out.has_ended()) co_return callout::errc::closed;
        if (out.is_full()) co_return callout::errc::timed_out;
        if (!octets.empty()) out.put(octets);
        co_return callout::result<void>();
    }

    void decrypt(std::string_view octets) {
        tls_->feed(octets);
        plain_ += tls_->read();
    }

    /// Returns the error of the handshake: a peer that closes during it is a peer that cannot do it.
    static boost::system::error_code failed(boost::system::error_code why) {
        return why == callout::errc::closed ? make_error_code(callout::errc::tls_handshake) : why;
    }

    std::shared_ptr<wire> line_;
    callout::ip_address from_;
    std::optional<tls_channel> tls_;
    std::string plain_;
    bool closed_ = false;
};

class simulated_transport final : public transport {
public:
    simulated_transport(asio::io_context& context, std::shared_ptr<wire> line, std::string client)
        : context_(context),
          line_(std::move(line)),
          client_(std::move(client)),
          sleep_alarm_(line_->clock.make_alarm()) {}

    asio::awaitable<outcome> read(std::string& into, duration limit) override {
        auto& in = line_->to_peer;
        auto const until = now() + limit;
        while (in.is_empty() && !in.has_ended() && now() < until) co_await in.arrived().wait(until);
        if (in.is_empty()) co_return in.has_ended() ? outcome::ended : outcome::quiet;
        into.resize(room);
        std::span<char> const where(into);
        into.resize(in.take(where));
        co_return outcome::octets;
    }

    asio::awaitable<bool> write(std::string_view octets) override {
        auto& out = line_->to_client;
        auto const until = callout::steady_time::max();
        while (out.is_full() && !out.has_ended()) co_await out.taken().wait(until);
        if (out.has_ended()) co_return false;
        if (!octets.empty()) out.put(octets);
        co_return true;
    }

    asio::awaitable<void> sleep(duration time) override {
        auto const until = now() + time;
        if (time.count() == 0) co_await asio::post(context_, asio::use_awaitable);
        while (now() < until) co_await sleep_alarm_->wait(until);
    }

    bool has_input() const override { return !line_->to_peer.is_empty(); }

    void end(ending how) override {
        if (how == ending::half_close)
            line_->to_client.end();
        else
            line_->cut();
    }

    time_point now() const override { return line_->clock.now(); }
    std::string client() const override { return client_; }

private:
    static constexpr std::size_t room = 4096;

    asio::io_context& context_;
    std::shared_ptr<wire> line_;
    std::string client_;
    std::unique_ptr<callout::alarm> sleep_alarm_;
};

}  // namespace

peer const* simulated_net::find(callout::ip_address const& address) const {
    auto const found = std::ranges::find_if(peers_, [&](peer const& one) {
        return std::ranges::find(one.addresses, address) != one.addresses.end();
    });
    return found == peers_.end() ? nullptr : &*found;
}

asio::awaitable<callout::result<std::unique_ptr<callout::stream>>> simulated_net::connect(
    callout::endpoint to, std::optional<callout::ip_address> source, callout::steady_time until) {
    auto const* host = find(to.address());
    if (host == nullptr || host->port == port_state::blackhole) {
        auto const alarm = clock_.make_alarm();
        while (clock_.now() < until) co_await alarm->wait(until);
        co_return callout::errc::timed_out;
    }
    if (host->port == port_state::closed) co_return callout::errc::refused;
    auto const from = source.value_or(asio::ip::address_v4::loopback());
    auto const line = std::make_shared<wire>(clock_);
    auto peers_end = std::make_unique<simulated_transport>(context_, line, from.to_string());
    auto& memory = memory_of(memories_, *host);
    serve_client(context_.get_executor(), std::move(peers_end), *host, memory, log_);
    co_return std::make_unique<simulated_stream>(line, from);
}

}  // namespace testmta::world
