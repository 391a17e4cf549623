#pragma once

#include <cstdint>

namespace callout {

/// The source of all chance: the order of equal MX, jitter, random local parts.
class random {
public:
    virtual ~random() = default;
    virtual std::uint64_t next() noexcept = 0;
};

}  // namespace callout
