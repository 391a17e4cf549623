#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "smtpserver/core/conversation.hpp"
#include "testmta/smtp/reply.hpp"
#include "world/language/model.hpp"
#include "world/peers/peer_memory.hpp"

namespace testmta::world {

/// Bytes to send, all at once or a few at a time, one or several times.
class sending {
public:
    explicit sending(std::string what, drip how = {0, {}}, std::uint32_t count = 1)
        : octets(std::move(what)), pace(how), times(count) {}
    std::string octets;
    drip pace;            ///< 0 bytes: all at once
    std::uint32_t times;  ///< 0: for ever
};
/// What the shell does for a visit, in order. After a TLS handshake the shell calls `secured`.
using effect = std::variant<sending, wait, stop_reading, start_tls, ending>;

/// One connection to a peer, built on the machine of the receiving server. What arrives becomes effects, by
/// the first of the peer's rules that matches, or as an honest server would react. Sans-IO: it has neither
/// socket nor clock.
class visit {
public:
    visit(peer const& host, peer_memory& memory, std::string client);

    std::vector<effect> arrive(time_point now);
    /// Returns what to do instead of the greeting if the client spoke before it, or nothing if no rule
    /// applies.
    std::optional<std::vector<effect>> spoken_to_early(time_point now);
    void feed(std::string_view octets);
    /// The line of a command, and what the peer does about it.
    struct turn {
        std::string heard;
        std::vector<effect> effects;
    };
    /// Takes the next command, if a whole one has arrived.
    std::optional<turn> next(time_point now);

    /// Returns how long to wait for bytes.
    duration idle_limit() const;
    /// Returns what to do if none arrived within that time.
    std::vector<effect> wait_ended(time_point now);

    /// Starts again in TLS: what was said in clear no longer counts.
    void secured();

private:
    /// What rules are matched against.
    struct occasion {
        world::stage at;
        std::string const& argument;
        time_point now;
    };

    /// Plays the rule, and the fallback if the rule gives no answer of its own. Returns what was answered, if
    /// anything.
    std::optional<smtp::reply> perform(rule const* one, std::optional<smtp::reply> const& fallback,
                                       std::vector<effect>& out);
    rule const* choose(occasion const& when);
    /// Returns whether the rule applies. Each call counts as a match for `nth` and starts the time of
    /// greylisting.
    bool applies(rule const& one, occasion const& when);
    bool counts(rule const& one, std::size_t index);
    bool still_greylisted(greylist_condition const& how, occasion const& when);
    smtp::reply honest_reply(smtpserver::command const& what) const;
    /// Takes the next command, and throws the bytes of messages away.
    std::optional<smtpserver::command> next_command();
    void answered(smtpserver::command const& what, smtp::reply const& given);
    bool offers(offer const& one) const { return !one.in_tls || *one.in_tls == in_tls_; }
    bool offers_tls() const;

    peer const& host_;
    peer_memory& memory_;
    std::string client_;
    smtpserver::conversation conversation_;
    std::string sender_;                             // of the last MAIL that was accepted
    std::shared_ptr<peer_memory::counts> over_all_;  // the matches of each rule
    std::vector<std::uint32_t> on_connection_;
    std::vector<std::uint32_t> in_envelope_;
    std::string held_back_;
    std::uint32_t commands_ = 0;
    std::uint32_t refusals_ = 0;
    bool in_tls_ = false;
    bool silent_ = false;
};

}  // namespace testmta::world
