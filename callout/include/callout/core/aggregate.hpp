#pragma once

#include <vector>

#include "callout/core/finding.hpp"

namespace callout::core {

/// Is the host one of those that the domain prefers most?
enum class rank { best, backup };

/// What several hosts said, made one verdict (smtp-callout.md 3.9, last paragraph).
class aggregate {
public:
    void add(finding f, rank host);
    bool settled() const noexcept { return settled_; }
    bool empty() const noexcept { return findings_.empty(); }
    /// Needs one finding at least. The poll details are always those of the host that was asked last.
    verification verdict() const;

private:
    verification const& weightiest() const;

    std::vector<verification> findings_;
    bool settled_ = false;
};

}  // namespace callout::core
