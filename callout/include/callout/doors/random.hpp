#pragma once

#include <cstdint>

namespace callout {

/// The source of all chance: the order of equal MX, jitter, random local parts.
class random {
public:
    virtual ~random() = default;
    /// Returns 64 bits, each as likely set as not.
    virtual std::uint64_t next() noexcept = 0;
};

}  // namespace callout
