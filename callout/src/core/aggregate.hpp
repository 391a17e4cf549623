#pragma once

#include <optional>
#include <vector>

#include "core/finding.hpp"

namespace callout::core {

/// Is the host one of those that the domain prefers most?
enum class rank { best, backup };

/// What several hosts said, made one verdict (smtp-callout.md 3.9, last paragraph).
class aggregate {
public:
    void add(finding f, rank host);
    /// No other host needs to be asked.
    bool settled() const noexcept { return settled_ || asked_for_patience_ > 1; }
    bool empty() const noexcept { return findings_.empty(); }
    /// A host, or one of its addresses, was not asked: no "all hosts say so" holds any more. `why` is the
    /// reason of the transient verdict that stands in its place; the last one counts.
    void leave_out(reason why) { left_out_ = why; }
    /// Needs one finding, or one that was left out, at least. The poll details are always those of the host
    /// that was asked last.
    verification verdict() const;

private:
    verification weightiest() const;

    std::vector<verification> findings_;
    std::optional<reason> left_out_;
    bool settled_ = false;                ///< the last finding is the verdict
    std::size_t asked_for_patience_ = 0;  ///< so many hosts, before they heard the recipient
};

}  // namespace callout::core
