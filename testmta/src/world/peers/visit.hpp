#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "testmta/smtp/session.hpp"
#include "world/language/model.hpp"
#include "world/peers/peer_memory.hpp"

namespace testmta::world {

/// Octets to send, all at once or a few at a time, so many times over.
class sending {
public:
    explicit sending(std::string what, drip how = {0, {}}, std::uint32_t count = 1)
        : octets(std::move(what)), pace(how), times(count) {}
    std::string octets;
    drip pace;            ///< of 0 octets: all at once
    std::uint32_t times;  ///< 0: for ever
};
/// What the shell does for a visit, one after the other. When TLS stands it says so by `secured`.
using effect = std::variant<sending, wait, stop_reading, start_tls, ending>;

/// One connection to a peer: the world's handler of the receiving SMTP machine. What arrives becomes effects,
/// by the first of the peer's rules that matches, or as an honest server would. Sans-IO: it has neither
/// socket nor clock.
class visit {
public:
    visit(peer const& host, peer_memory& memory, std::string client);

    std::vector<effect> arrive(time_point now);
    /// Octets came before the greeting went out: what to do in its place, if a rule minds.
    std::optional<std::vector<effect>> spoken_to_early(time_point now);
    void feed(std::string_view octets);
    /// The next whole command's line and what follows from it; nothing while none is there.
    struct turn {
        std::string heard;
        std::vector<effect> effects;
    };
    std::optional<turn> next(time_point now);

    /// How long to wait for octets, and what to do when none came.
    duration patience() const;
    std::vector<effect> wait_ended(time_point now);

    /// TLS stands: what was said in clear counts no more.
    void secured();

private:
    /// What a rule is asked about: where we are, and with what.
    struct occasion {
        world::stage at;
        std::string const& argument;
        time_point now;
    };

    /// Plays the rule, and the fallback if it gives no answer of its own; what was answered, if anything.
    std::optional<smtp::reply> perform(rule const* one, std::optional<smtp::reply> const& fallback,
                                       std::vector<effect>& out);
    rule const* choose(occasion const& when);
    /// Asking counts: for `nth`, for the time of greylisting.
    bool applies(rule const& one, occasion const& when);
    bool counts(rule const& one, std::size_t index);
    bool still_greylisted(greylist_condition const& how, occasion const& when);
    smtp::reply honest_reply(smtp::command const& what) const;
    bool offers(offer const& one) const { return !one.in_tls || *one.in_tls == in_tls_; }
    bool offers_tls() const;

    peer const& host_;
    peer_memory& memory_;
    std::string client_;
    smtp::session session_;
    std::vector<std::uint32_t> on_connection_;  // matches of each rule
    std::vector<std::uint32_t> in_envelope_;
    std::string held_back_;
    std::uint32_t commands_ = 0;
    std::uint32_t refusals_ = 0;
    bool in_tls_ = false;
    bool silent_ = false;
};

}  // namespace testmta::world
