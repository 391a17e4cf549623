#pragma once

#include <cstddef>
#include <string>
#include <vector>

/// What values cost on the heap, as nearly as can be known, for memories that are bounded by octets.
namespace callout::core {

/// What the allocator adds to a block.
inline constexpr std::size_t block_overhead = 16;

inline std::size_t heap_of(std::string const& text) {
    static std::size_t const held_inside = std::string().capacity();
    return text.capacity() > held_inside ? text.capacity() + 1 + block_overhead : 0;
}

/// The blocks of the vector itself, without what its elements hold.
template <class T>
std::size_t heap_of(std::vector<T> const& all) {
    return all.capacity() > 0 ? all.capacity() * sizeof(T) + block_overhead : 0;
}

}  // namespace callout::core
