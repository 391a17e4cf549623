#pragma once

#include <cstddef>
#include <string_view>

#include "core/siphash.hpp"

namespace callout::core {

/// Returns the key of this process. It is drawn from the kernel when it is first asked for.
hash_key const& hash_key_of_process();

/// The hash of tables whose keys strangers choose: without the key, nobody can choose texts that all fall
/// into one bucket, where each of them costs a comparison with all others. The order of such a table differs
/// from run to run, so nothing may depend on it.
class secret_hash {
public:
    secret_hash() : key_(hash_key_of_process()) {}
    explicit secret_hash(hash_key const& key) : key_(key) {}

    /// Is not `noexcept`, because libstdc++ would take it for so fast that a table need not keep the sums.
    std::size_t operator()(std::string_view text) const { return siphash(key_, text); }

private:
    hash_key key_;
};

}  // namespace callout::core
