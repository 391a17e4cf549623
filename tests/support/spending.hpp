#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

/// Counts what code spends, so that a test can say how it grows without a clock: bytes of memory that it
/// takes, bytes that it copies or moves, and, in sources that are compiled with
/// -fsanitize-coverage=trace-pc, basic blocks that it enters. To be included by one source of a program.
namespace test {

struct spending {
    std::uint64_t taken = 0;    ///< bytes of memory
    std::uint64_t touched = 0;  ///< bytes that were copied or moved
    std::uint64_t steps = 0;    ///< basic blocks
};

inline spending spent;

}  // namespace test

void* operator new(std::size_t size) {
    test::spent.taken += size;
    auto* const made = std::malloc(size == 0 ? 1 : size);
    if (made == nullptr) throw std::bad_alloc();
    return made;
}
void operator delete(void* what) noexcept {
    std::free(what);
}
void operator delete(void* what, std::size_t) noexcept {
    std::free(what);
}

extern "C" void __sanitizer_cov_trace_pc() {
    ++test::spent.steps;
}

// A sanitizer has functions of its own in the place of these.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
extern "C" {

void* memmove(void* to, void const* from, std::size_t size) noexcept {
    test::spent.touched += size;
    auto volatile* const target = static_cast<unsigned char*>(to);
    auto const* const source = static_cast<unsigned char const*>(from);
    if (target <= source) {
        for (std::size_t i = 0; i != size; ++i) target[i] = source[i];
    } else {
        for (std::size_t i = size; i-- != 0;) target[i] = source[i];
    }
    return to;
}

void* memcpy(void* to, void const* from, std::size_t size) noexcept {
    return memmove(to, from, size);
}

}  // extern "C"
#endif
