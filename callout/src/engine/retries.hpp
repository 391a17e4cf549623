#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "callout/doors/bound_use.hpp"
#include "callout/doors/clock.hpp"
#include "callout/doors/random.hpp"
#include "callout/verification.hpp"
#include "core/brief.hpp"
#include "core/holdings.hpp"

namespace callout {

/// A host that greylists wants to see us again, from the same address, with the same sender and name
/// (smtp-callout.md 4; RFC 6647). Owns no clock. Bounded.
class retries {
public:
    explicit retries(std::size_t most) : held_(most) {}

    /// Changes how many are remembered; those that are stay.
    void limit(std::size_t most) { held_.limit(most); }

    /// A host greylists, or said nothing, so ask it again: not sooner than it says nor than 5 minutes, three
    /// times within 4 hours. False if it is not to be asked again. Those whose mail is the cause share the
    /// room, so that no network of askers fills it.
    bool add(core::shared_brief const& what, purpose wanted, verification const& refusal, steady_time now,
             random& chance);
    /// It said something else.
    void forget(core::brief const& what);
    void forget_all();

    /// A question that is due, and what it was asked for.
    class due_question {
    public:
        due_question(core::shared_brief what_, purpose wanted_) : what(std::move(what_)), wanted(wanted_) {}
        core::shared_brief what;
        purpose wanted;
    };
    std::optional<due_question> take_due(steady_time now);
    std::optional<steady_time> next() const;
    std::size_t size() const noexcept { return due_.size(); }  ///< that are to be asked again
    /// Adds what strangers can fill here.
    void tell(ledger& to) const { to.emplace_back("retries", held_.size(), held_.most()); }

private:
    struct history {
        core::shared_brief what;
        purpose wanted;
        steady_time first;
        unsigned times;
        std::optional<steady_time> due;
    };

    using questions = std::map<std::string, history>;

    void forget_old(steady_time now);
    void erase(questions::iterator which);

    questions known_;
    std::multimap<steady_time, questions::iterator> oldest_;  ///< by when they were first met
    core::holdings held_;  ///< of `known_`, by those whose mail is the cause
    std::set<std::pair<steady_time, std::string>> due_;
};

}  // namespace callout
