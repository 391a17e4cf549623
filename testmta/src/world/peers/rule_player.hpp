#pragma once

#include <optional>
#include <string>
#include <vector>

#include "smtpserver/core/conversation.hpp"
#include "testmta/smtp/reply.hpp"
#include "world/peers/effect.hpp"

namespace testmta::world {

/// Turns the actions of one rule into effects.
class rule_player {
public:
    rule_player(std::vector<effect>& out, smtpserver::conversation& conversation, std::string& held_back,
                std::optional<smtp::reply> const& fallback, std::uint32_t commands)
        : out_(out),
          conversation_(conversation),
          held_back_(held_back),
          fallback_(fallback),
          commands_(commands) {}

    void operator()(say const& one);
    void operator()(send_octets const& one);
    void operator()(wait const& one) { out_.emplace_back(one); }
    void operator()(tarpit const& one) { out_.emplace_back(wait{one.time * commands_}); }
    void operator()(drip const& one) { pace_ = one; }
    void operator()(bare_line_feeds) { bare_ = true; }
    void operator()(stay_silent) { silent = true; }
    void operator()(skip_reply) { answered_ = true; }
    void operator()(hold_back) { holds_ = true; }
    void operator()(forget_input) { conversation_.forget_input(); }
    void operator()(stop_reading one) { out_.emplace_back(one); }
    void operator()(bounce const& one) { out_.emplace_back(one); }
    void operator()(start_tls one);
    void operator()(ending one);
    /// Sends the fallback if the rule gave no answer.
    void finish();

    std::optional<smtp::reply> given;
    bool silent = false;

private:
    void speak(std::string octets, std::uint32_t times = 1);

    std::vector<effect>& out_;
    smtpserver::conversation& conversation_;
    std::string& held_back_;
    std::optional<smtp::reply> const& fallback_;
    std::uint32_t commands_;
    drip pace_{0, {}};
    bool bare_ = false;
    bool holds_ = false;
    bool answered_ = false;
};

}  // namespace testmta::world
