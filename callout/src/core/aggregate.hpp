#pragma once

#include <optional>
#include <vector>

#include "core/finding.hpp"

namespace callout::core {

/// Whether the host is one of those that the domain prefers most.
enum class rank { best, backup };

/// Makes one verdict of what several hosts said (smtp-callout.md 3.9, last paragraph).
class aggregate {
public:
    void add(finding f, rank host);
    /// Returns whether no other host needs to be asked.
    bool settled() const noexcept { return settled_ || deferred_ > 1; }
    bool empty() const noexcept { return findings_.empty(); }
    /// Tells that a host, or one of its addresses, was not asked: no "all hosts say so" holds any more. `why`
    /// is the reason of the transient verdict that replaces it; the last one counts.
    void leave_out(reason why) { left_out_ = why; }
    /// Returns the verdict, after at least one `add` or `leave_out`. The poll details are always those of the
    /// host that was asked last. It ends the aggregate.
    verification take_verdict();

private:
    verification weightiest();

    std::vector<verification> findings_;
    std::optional<reason> left_out_;
    bool settled_ = false;      ///< the last finding is the verdict
    std::size_t deferred_ = 0;  ///< hosts that deferred us before they heard the recipient
};

}  // namespace callout::core
