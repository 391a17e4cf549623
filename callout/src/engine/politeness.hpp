#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "callout/doors/bound_use.hpp"
#include "callout/doors/clock.hpp"
#include "callout/doors/stream.hpp"
#include "callout/engine_numbers.hpp"
#include "callout/limits.hpp"
#include "callout/verification.hpp"
#include "core/back_off.hpp"
#include "core/brief.hpp"
#include "core/gate.hpp"

namespace callout {

/// Lets a callout, or a connection, wait for its turn. Outlives every place that it gave.
class politeness {
public:
    politeness(callout::clock& clock, politeness_limits const& limits);
    politeness(politeness const&) = delete;

    /// Puts other limits in force, also for those that wait already.
    void limit(politeness_limits const& limits);

    /// What is held, or waited for, as long as it lives.
    class place {
    public:
        place(politeness& from, core::gate::ticket which, bool waits)
            : from_(&from), which_(which), waits_(waits) {}
        place(place&& other) noexcept
            : from_(std::exchange(other.from_, nullptr)), which_(other.which_), waits_(other.waits_) {}
        place& operator=(place&&) = delete;
        ~place() {
            if (from_) from_->leave(which_);
        }

    private:
        friend politeness;
        politeness* from_;
        core::gate::ticket which_;
        bool waits_;
    };

    /// What somebody waits with, so that somebody else can end it.
    class patience {
    public:
        void end() noexcept {
            is_over_ = true;
            if (bell_) bell_->ring();
        }

    private:
        friend politeness;
        alarm* bell_ = nullptr;  ///< of a wait under way
        bool is_over_ = false;
    };

    /// Waits for a place; nothing if there will be none by `until`, which is known at once where it can be,
    /// or when the patience ends. It is borrowed.
    boost::asio::awaitable<std::optional<place>> admit(core::claims wanted, core::party who,
                                                       steady_time until, patience& how);
    /// A place at once, or nothing.
    std::optional<place> enter_now(core::claims wanted, core::party const& who);

    /// A question claims its share of the askers' patience, and of the domain's.
    static core::claims claims_of(core::brief const& what);
    /// A connection claims its share of all connections, and of those to the host.
    core::claims claims_of(std::string const& host, ip_address const& address) const;
    /// A further connection to the same host claims its own address alone.
    core::claims claims_of(ip_address const& address) const;
    /// Returns with whom a question shares what all share.
    static core::party party_of(core::brief const& what, core::urgency how);
    /// The same, of those whose mail is the cause, also when nobody waits any more.
    static core::party originator_of(core::brief const& what);

    /// Why a host is to be left alone for now, if it is: altogether, or in questions about the domain.
    std::optional<verification> reason_to_keep_away(std::string const& host, endpoint const& to,
                                                    core::brief const& what) const;
    /// Whether a peer said anything at all, well or badly.
    enum class hearing { something, nothing };
    /// Learns from what a connection brought.
    void learn(endpoint const& to, core::brief const& what, verification const& brought,
               hearing heard = hearing::something);

    /// Returns the addresses under which a host of that name has complained, or could not be reached.
    std::vector<ip_address> addresses_of(std::string_view host) const;
    /// Goes back to these addresses. Returns from how many pauses.
    std::size_t forget(std::vector<ip_address> const& addresses);
    /// Goes back to every address where it was left alone in questions about this domain.
    std::size_t forget(std::string const& domain);

    /// A connection that asks about a domain, as long as it lives.
    class call {
    public:
        call(politeness& from, std::string peer_and_domain)
            : calls_(from.calls_), which_(calls_.insert(std::move(peer_and_domain))) {}
        call(call const&) = delete;
        ~call() { calls_.erase(which_); }

    private:
        std::multiset<std::string>& calls_;
        std::multiset<std::string>::iterator which_;
    };
    static std::string call_to(ip_address const& peer, std::string const& domain);
    /// Do we ask this peer about this domain just now? If it makes us ask about the domain again, it does so
    /// because we called: two verifiers face each other (smtp-callout.md 7.4).
    bool is_calling(ip_address const& peer, std::string const& domain) const {
        return calls_.contains(call_to(peer, domain));
    }

    /// Lets nothing begin any more.
    void stop();

    /// Returns whether a connection that nobody waits for has to give way to others.
    bool is_crowded() const noexcept { return gate_.is_crowded(); }

    std::size_t running() const noexcept { return gate_.running(); }
    std::size_t waiting() const noexcept { return gate_.waiting(); }
    waiting_numbers waiting_by_limit() const noexcept;
    std::size_t calls() const noexcept { return calls_.size(); }
    /// Adds what strangers can fill here.
    void tell(ledger& to) const;

private:
    std::optional<core::back_off::pause> complaint_of(endpoint const& to, core::brief const& what) const;
    core::claim claim_of(ip_address const& address) const;
    std::optional<place> ask(core::claims wanted, core::party const& who, steady_time until);
    /// One that waits. It is known as long as it waits; then it is in, or has left.
    struct waiter {
        alarm& bell;
        bool is_in = false;
    };
    /// Lets somebody end a wait, as long as this lives.
    class ending_by {
    public:
        ending_by(patience& how, alarm& bell) : how_(how) { how_.bell_ = &bell; }
        ~ending_by() { how_.bell_ = nullptr; }
        ending_by(ending_by const&) = delete;

    private:
        patience& how_;
    };
    boost::asio::awaitable<void> wait(place& mine, steady_time until, patience& how);
    void keep_watch();
    void leave(core::gate::ticket which);
    void let_in();

    callout::clock& clock_;
    core::gate gate_;
    /// The first one also watches when the passing of time lets somebody go on. If all did, each change would
    /// wake all of them, and strangers choose how many they are.
    std::map<core::gate::ticket, waiter*> waiting_;
    core::gate::ticket watcher_ = 0;  ///< who has watched last, and until when
    steady_time watched_until_ = steady_time::min();
    core::back_off complaints_, down_, silent_;
    core::lru<ip_address, std::string> names_{core::back_off::most_hosts};  ///< of hosts that were struck
    std::multiset<std::string> calls_;
    std::optional<steady_time> stopped_at_;
};

}  // namespace callout
