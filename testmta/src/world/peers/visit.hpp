#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "smtpserver/core/action.hpp"
#include "smtpserver/core/conversation.hpp"
#include "testmta/smtp/reply.hpp"
#include "world/language/model.hpp"
#include "world/peers/effect.hpp"
#include "world/peers/peer_memory.hpp"
#include "world/peers/received_message.hpp"

namespace smtpserver::core {
class auth_exchange;
}

namespace testmta::world {

/// One connection to a peer, built on the machine of the receiving server. What arrives becomes effects, by
/// the first of the peer's rules that matches, or as an honest server would react. Sans-IO: it has neither
/// socket nor clock.
class visit {
public:
    visit(peer const& host, peer_memory& memory, std::string client);
    visit(visit const&) = delete;
    ~visit();

    std::vector<effect> arrive(time_point now);
    /// Returns what to do instead of the greeting if the client spoke before it, or nothing if no rule
    /// applies.
    std::optional<std::vector<effect>> spoken_to_early(time_point now);
    void feed(std::string_view octets);
    /// The line of a command, and what the peer does about it.
    struct turn {
        std::string heard;
        std::vector<effect> effects;
        std::shared_ptr<received_message const> message;  ///< if this was the end of one
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
    std::optional<smtp::reply> objection_to_size(smtpserver::command const& what) const;
    /// Returns how many bytes a message may have.
    std::size_t size_limit() const;
    /// Takes the next command, and gathers the bytes of messages.
    std::optional<smtpserver::command> next_command();
    void answered(smtpserver::command const& what, smtp::reply const& given);
    bool offers(offer const& one) const { return !one.in_tls || *one.in_tls == in_tls_; }
    /// Returns the parameters of the keyword that is offered now, or nothing if it is not.
    std::optional<std::string> offered(std::string_view keyword) const;
    bool offers_tls() const { return !in_tls_ && offered("STARTTLS"); }

    /// Begins or goes on with an exchange of AUTH.
    turn authenticate(smtpserver::command const& what, time_point now);
    std::optional<turn> next_of_exchange(time_point now);
    std::optional<smtp::reply> objection_to_auth(smtpserver::command const& what) const;
    using exchange_outcome = std::variant<smtpserver::reply, smtpserver::credentials>;
    void conclude(exchange_outcome const& step, time_point now, turn& into);
    /// Answers without asking the rules.
    void refuse(smtp::reply const& how, turn& into);

    peer const& host_;
    peer_memory& memory_;
    std::string client_;
    smtpserver::conversation conversation_;
    transaction transaction_;
    std::unique_ptr<smtpserver::core::auth_exchange> exchange_;  // while AUTH is under way
    std::shared_ptr<peer_memory::counts> over_all_;              // the matches of each rule
    std::vector<std::uint32_t> on_connection_;
    std::vector<std::uint32_t> in_envelope_;
    std::string held_back_;
    std::uint32_t commands_ = 0;
    std::uint32_t refusals_ = 0;
    bool is_authenticated_ = false;
    bool in_tls_ = false;
    bool silent_ = false;
};

}  // namespace testmta::world
