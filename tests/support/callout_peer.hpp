#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "callout/stream.hpp"
#include "support/callout_clock.hpp"

namespace test {

/// What becomes of a TLS handshake with a fake server.
enum class handshake { succeeds, fails, hangs };

/// How a fake SMTP server behaves: a reply for each command, found by how the command begins.
class callout_peer {
public:
    explicit callout_peer(std::string greeting = "220 mx.example.org ESMTP\r\n")
        : greeting_(std::move(greeting)) {
        on("EHLO", "250-mx.example.org\r\n250 PIPELINING\r\n").on("HELO", "250 mx.example.org\r\n");
        on("MAIL", "250 2.1.0 ok\r\n")
            .on("RCPT", "250 2.1.5 ok\r\n")
            .on("RSET", "250 ok\r\n")
            .on("QUIT", "221 bye\r\n");
    }

    /// "" is no answer at all.
    callout_peer& on(std::string command, std::string reply) {
        replies_[std::move(command)] = std::move(reply);
        return *this;
    }
    callout_peer& hang_up_after(std::string command) {
        last_ = std::move(command);
        return *this;
    }
    callout_peer& refuse_connections(callout::errc why) {
        refusal_ = why;
        return *this;
    }
    /// Of several commands in one piece it answers the first.
    callout_peer& lose_pipelined() {
        loses_ = true;
        return *this;
    }
    bool loses_pipelined() const { return loses_; }
    /// So many octets come at once, and each piece costs so much time.
    callout_peer& drip(std::size_t piece, std::chrono::milliseconds pause) {
        piece_ = piece;
        pause_ = pause;
        return *this;
    }

    /// Offers STARTTLS. In TLS it no longer does, and answers what `in_tls` says otherwise.
    callout_peer& offer_tls(test::handshake how = handshake::succeeds,
                            callout::certificate_problem problems = callout::certificate_problem::none) {
        handshake_ = how;
        certificate_ = problems;
        on("EHLO", "250-mx.example.org\r\n250-STARTTLS\r\n250 PIPELINING\r\n").on("STARTTLS", "220 go\r\n");
        in_tls("EHLO", "250-mx.example.org\r\n250 PIPELINING\r\n");
        return *this;
    }
    callout_peer& in_tls(std::string command, std::string reply) {
        replies_in_tls_[std::move(command)] = std::move(reply);
        return *this;
    }

    test::handshake handshake() const { return handshake_; }
    callout::certificate_problem certificate() const { return certificate_; }
    std::string const& greeting() const { return greeting_; }
    std::optional<callout::errc> refusal() const { return refusal_; }
    std::size_t piece() const { return piece_; }
    std::chrono::milliseconds pause() const { return pause_; }
    bool hangs_up_after(std::string_view command) const {
        return !last_.empty() && command.starts_with(last_);
    }

    std::string reply_to(std::string_view command) const {
        return find(replies_, command).value_or("500 what?\r\n");
    }
    std::string reply_in_tls(std::string_view command) const {
        auto const special = find(replies_in_tls_, command);
        return special ? *special : reply_to(command);
    }

private:
    using replies = std::map<std::string, std::string>;

    /// The longest beginning that fits decides.
    static std::optional<std::string> find(replies const& among, std::string_view command) {
        std::string_view best;
        std::optional<std::string> reply;
        for (auto const& [begin, text] : among) {
            if (!command.starts_with(begin) || begin.size() < best.size()) continue;
            best = begin;
            reply = text;
        }
        return reply;
    }

    std::string greeting_;
    replies replies_, replies_in_tls_;
    test::handshake handshake_ = handshake::fails;
    callout::certificate_problem certificate_ = callout::certificate_problem::none;
    std::string last_;
    bool loses_ = false;
    std::optional<callout::errc> refusal_;
    std::size_t piece_ = 4096;
    std::chrono::milliseconds pause_{0};
};

/// A connection to a `callout_peer`, without a socket.
class callout_peer_stream final : public callout::stream {
public:
    callout_peer_stream(callout_peer peer, callout_clock& clock, std::vector<std::string>& heard)
        : peer_(std::move(peer)),
          clock_(clock),
          pause_(clock.make_alarm()),
          heard_(heard),
          to_send_(peer_.greeting()) {
        hung_up_ = peer_.hangs_up_after("greeting") || (to_send_.empty() && peer_.hangs_up_after("connect"));
    }

    boost::asio::awaitable<callout::result<std::size_t>> read_some(std::span<char> into,
                                                                   callout::steady_time until) override {
        if (closed_) co_return callout::errc::cancelled;
        if (to_send_.empty() && hung_up_) co_return callout::errc::closed;
        auto const ready = to_send_.empty() ? until : clock_.now() + peer_.pause();
        auto const wake = std::min(ready, until);
        while (clock_.now() < wake && !closed_) co_await pause_->wait(wake);
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
        heard_.emplace_back(bytes);
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
        auto const how = peer_.handshake();
        if (how == test::handshake::hangs) {
            while (clock_.now() < until && !closed_) co_await pause_->wait(until);
            co_return closed_ ? callout::errc::cancelled : callout::errc::timed_out;
        }
        if (how == test::handshake::fails) co_return callout::errc::tls_handshake;
        heard_.push_back("(TLS " + wish.server_name + ")");
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
    void hold_until_quit(std::shared_ptr<void> what) { until_quit_ = std::move(what); }
    void close() noexcept override {
        closed_ = true;
        until_quit_.reset();
        pause_->ring();
    }

private:
    std::shared_ptr<void> until_quit_;
    callout_peer peer_;
    callout_clock& clock_;
    std::unique_ptr<callout::alarm> pause_;
    std::vector<std::string>& heard_;
    std::string to_send_;
    bool hung_up_ = false;
    bool closed_ = false;
    bool secure_ = false;
};

}  // namespace test
