#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "model.hpp"
#include "testmta/smtp/session.hpp"

namespace testmta::world {

using time_point = std::chrono::steady_clock::time_point;

/// Octets to send, all at once or a few at a time.
class sending {
public:
    explicit sending(std::string what, drip how = {0, {}}) : octets(std::move(what)), pace(how) {}
    std::string octets;
    drip pace;  ///< of 0 octets: all at once
};
/// What the shell does for a visit, one after the other.
using effect = std::variant<sending, wait, ending>;

/// What a peer keeps from one connection to the next.
class peer_memory {
public:
    explicit peer_memory(peer const& who) : matches_(who.rules.size()) {}

    /// Counts one more match of a rule that counts over all connections.
    std::uint32_t count(std::size_t rule) { return ++matches_[rule]; }
    /// How long ago this client, sender and recipient were first seen together.
    duration waited(std::string const& triple, time_point now);

private:
    std::vector<std::uint32_t> matches_;
    std::map<std::string, time_point> first_seen_;
};

/// One connection to a peer: the world's handler of the receiving SMTP machine. What arrives becomes effects,
/// by the first of the peer's rules that matches, or as an honest server would.
class visit {
public:
    visit(peer const& host, peer_memory& memory, std::string client);

    std::vector<effect> arrive(time_point now);
    void feed(std::string_view octets);
    /// The next whole command's line and what follows from it; nothing while none is there.
    struct turn {
        std::string heard;
        std::vector<effect> effects;
    };
    std::optional<turn> next(time_point now);

private:
    /// Plays the rule, and the fallback if it gives no answer of its own; what was answered, if anything.
    std::optional<smtp::reply> perform(rule const& one, std::optional<smtp::reply> const& fallback,
                                       std::vector<effect>& out);
    rule const* choose(stage at, std::string const& argument, time_point now);
    /// Asking counts: for `nth`, and for the time of greylisting.
    bool applies(rule const& one, stage at, std::string const& argument, time_point now);
    smtp::reply honest_reply(smtp::command const& what) const;

    peer const& host_;
    peer_memory& memory_;
    std::string client_;
    smtp::session session_;
    std::vector<std::uint32_t> matches_;
    bool silent_ = false;
};

}  // namespace testmta::world
