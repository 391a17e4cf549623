#pragma once

#include "engine/callouts_under_way.hpp"

namespace callout {

/// An asker's part in a callout, as long as it lives. The asker that began the callout observes it until it
/// leaves: with a verdict, without one, or cancelled. The callout goes on in the background, if there is room
/// for it.
class asker_part {
public:
    enum class role { first, joined };
    asker_part(callouts_under_way& all, shared_callout what, role as);
    ~asker_part();
    asker_part(asker_part const&) = delete;

    /// Returns what the asker is told after it has waited, which may be that there is no verdict yet.
    verification answer() const;

private:
    callouts_under_way& all_;
    shared_callout what_;
    role role_;
};

}  // namespace callout
