#pragma once

#include <map>
#include <string_view>

#include "callout/doors/bound_use.hpp"
#include "core/holdings.hpp"
#include "engine/callout_under_way.hpp"
#include "engine/politeness.hpp"

namespace callout {

/// All callouts under way, and how many of them nobody waits for.
class callouts_under_way {
public:
    callouts_under_way(politeness const& limits, std::size_t most_in_background)
        : politeness_(limits), background_(most_in_background) {}

    /// Changes how many may go on while nobody waits; those that do stay.
    void limit(std::size_t most_in_background) { background_.limit(most_in_background); }

    /// Returns one whose answer is an answer to this question too, or null.
    shared_callout find(core::brief const& what) const;
    void add(shared_callout const& one);
    /// It is over. False if it was over before.
    bool remove(shared_callout const& one);

    /// One more waits for its answer.
    void join(callout_under_way& one);
    /// One waits no longer. A callout that goes on without an asker is of the background from then on. It
    /// ends if that is full, or if others need its connection.
    void leave(callout_under_way& one);

    std::size_t size() const noexcept { return all_.size(); }
    bool empty() const noexcept { return all_.empty(); }
    std::size_t in_background() const noexcept { return background_.size(); }
    /// Is there room for one more in the background that this question has caused? Those of one network of
    /// askers share it with others.
    bool has_room_in_background(core::brief const& what) const;

    /// Adds what strangers can fill here.
    void tell(ledger& to) const {
        to.emplace_back("callouts_in_background", background_.size(), background_.most());
    }

    template <class Visit>
    void each(Visit visit) const {
        for (auto const& [key, one] : all_) visit(*one);
    }

private:
    void count_in_background(callout_under_way& one, bool is);

    politeness const& politeness_;
    std::multimap<std::string_view, shared_callout> all_;  ///< by the key of the address, which each holds
    core::holdings background_;                            ///< of those whose mail is the cause
};

}  // namespace callout
