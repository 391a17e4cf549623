#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "callout/doors/error.hpp"
#include "callout/doors/tls.hpp"

namespace callout::testing {

/// What becomes of a TLS handshake with a scripted server.
enum class handshake { succeeds, fails, hangs };

/// How an SMTP server behaves: a reply for each command, found by how the command begins. Of several
/// beginnings that fit, the longest decides. Replies are sent as they stand, with their CR LF, so they may be
/// garbage.
///
/// At first it is a server that takes every recipient and offers PIPELINING.
class scripted_peer {
public:
    /// An empty greeting is none at all.
    explicit scripted_peer(std::string greeting = "220 mx.example.org ESMTP\r\n");

    /// Answers commands that begin so; "" means no answer at all.
    scripted_peer& on(std::string command, std::string reply) {
        replies_[std::move(command)] = std::move(reply);
        return *this;
    }
    /// Makes the answer to commands that begin so take so long. "greeting" is the greeting.
    scripted_peer& delay(std::string command, std::chrono::milliseconds time) {
        delays_[std::move(command)] = time;
        return *this;
    }
    /// Hangs up after it has answered a command that begins so. "greeting" is the greeting, and "connect" the
    /// connection of a server without one.
    scripted_peer& hang_up_after(std::string command) {
        last_ = std::move(command);
        return *this;
    }
    /// Makes connections fail, at once and for this reason.
    scripted_peer& refuse_connections(callout::errc why) {
        refusal_ = why;
        return *this;
    }
    /// Makes connections take so long.
    scripted_peer& delay_connections(std::chrono::milliseconds time) {
        connection_delay_ = time;
        return *this;
    }
    /// Answers only the first of several commands that come in one piece.
    scripted_peer& lose_pipelined() {
        loses_ = true;
        return *this;
    }
    /// Sends `piece` bytes at a time, each piece after `pause`.
    scripted_peer& drip(std::size_t piece, std::chrono::milliseconds pause) {
        piece_ = piece;
        pause_ = pause;
        return *this;
    }

    /// Offers STARTTLS. The handshake is pretended, and in TLS the offer is gone.
    scripted_peer& offer_tls(testing::handshake how = handshake::succeeds,
                             callout::certificate_problem problems = callout::certificate_problem::none);
    /// Answers commands that begin so in this way when TLS is on.
    scripted_peer& in_tls(std::string command, std::string reply) {
        replies_in_tls_[std::move(command)] = std::move(reply);
        return *this;
    }

    std::string const& greeting() const { return greeting_; }
    std::string reply_to(std::string_view command) const;
    std::string reply_in_tls(std::string_view command) const;
    std::chrono::milliseconds delay_of(std::string_view command) const;
    bool hangs_up_after(std::string_view command) const {
        return !last_.empty() && command.starts_with(last_);
    }
    std::optional<callout::errc> refusal() const { return refusal_; }
    std::chrono::milliseconds connection_delay() const { return connection_delay_; }
    bool loses_pipelined() const { return loses_; }
    std::size_t piece() const { return piece_; }
    std::chrono::milliseconds pause() const { return pause_; }
    testing::handshake handshake() const { return handshake_; }
    callout::certificate_problem certificate() const { return certificate_; }

private:
    std::string greeting_;
    std::map<std::string, std::string> replies_, replies_in_tls_;
    std::map<std::string, std::chrono::milliseconds> delays_;
    testing::handshake handshake_ = handshake::fails;
    callout::certificate_problem certificate_ = callout::certificate_problem::none;
    std::string last_;
    bool loses_ = false;
    std::optional<callout::errc> refusal_;
    std::chrono::milliseconds connection_delay_{0};
    std::size_t piece_ = 4096;
    std::chrono::milliseconds pause_{0};
};

}  // namespace callout::testing
