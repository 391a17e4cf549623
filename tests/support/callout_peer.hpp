#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "callout/doors/error.hpp"
#include "callout/doors/tls.hpp"

namespace test {

/// What becomes of a TLS handshake with a fake server.
enum class handshake { succeeds, fails, hangs };

/// How a fake SMTP server behaves: a reply for each command, found by how the command begins.
class callout_peer {
public:
    explicit callout_peer(std::string greeting = "220 mx.example.org ESMTP\r\n");

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
                            callout::certificate_problem problems = callout::certificate_problem::none);
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

    std::string reply_to(std::string_view command) const;
    std::string reply_in_tls(std::string_view command) const;

private:
    using replies = std::map<std::string, std::string>;

    static std::optional<std::string> find(replies const& among, std::string_view command);

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

}  // namespace test
