#include "core/secret_hash.hpp"

#include <sys/random.h>

#include <cerrno>
#include <system_error>

namespace callout::core {
namespace {

/// The engine's door to chance is not asked: strangers see what comes out of it, as names of probes, and a
/// test gives it a seed.
hash_key drawn_key() {
    hash_key key{};
    ssize_t got = 0;
    do {
        got = ::getrandom(&key, sizeof key, 0);
    } while (got < 0 && errno == EINTR);
    if (got != ssize_t(sizeof key))
        throw std::system_error(errno, std::generic_category(), "the kernel has no random numbers");
    return key;
}

}  // namespace

hash_key const& hash_key_of_process() {
    static auto const key = drawn_key();
    return key;
}

}  // namespace callout::core
