#pragma once

#include <deque>
#include <string>

#include "callout/doors/bound_use.hpp"
#include "callout/doors/clock.hpp"
#include "callout/engine_news.hpp"
#include "callout/verification.hpp"
#include "core/brief.hpp"
#include "core/canaries.hpp"
#include "core/dns_brake.hpp"
#include "core/first_looks.hpp"
#include "core/party.hpp"

namespace callout {

/// What is believed of a name system that says that something is missing (smtp-callout.md 6.2 rules 11 and
/// 12).
class dns_trust {
public:
    dns_trust(clock& time, engine_news news) : clock_(time), news_(std::move(news)) {}

    /// The name system has answered for this domain.
    void has_answer_for(std::string const& domain) { canaries_.answered_for(domain, clock_.now()); }
    /// Returns names that it knew of late.
    std::deque<std::string> const& canaries() const noexcept { return canaries_.names(); }

    /// Notes what a look has brought. Returns whether that is confirmed: by a record, by somebody's reply, or
    /// by an earlier look.
    bool confirms(mailbox const& asked, verification const& v);
    bool awaits_second_look(mailbox const& asked) const;

    /// Counts a new verdict for the share of missing domains.
    void count(core::brief const& asked, core::party const& asker, bool is_missing);
    /// Returns whether a verdict that was found at `when` rests on a name system that was, or is, not
    /// believed.
    bool doubts(verification const& v, steady_time when) const noexcept;
    bool is_doubting() const noexcept { return brake_.is_on(clock_.now()); }
    /// Adds what strangers can fill here.
    void tell(ledger& to) const;

private:
    missing_domains shares() const noexcept;

    clock& clock_;
    engine_news news_;
    core::first_looks looks_;
    core::canaries canaries_;
    core::dns_brake brake_;
};

}  // namespace callout
