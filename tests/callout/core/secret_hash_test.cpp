#include "core/secret_hash.hpp"

#include <gtest/gtest.h>

#include <string>
#include <unordered_set>
#include <vector>

using callout::core::hash_key;
using callout::core::hash_key_of_process;
using callout::core::secret_hash;

namespace {

using secret_table = std::unordered_set<std::string, secret_hash>;

/// Returns the bucket of each of 1,000 addresses in a table of a key.
std::vector<std::size_t> buckets_under(hash_key const& key) {
    constexpr int addresses = 1000;
    secret_table all(addresses, secret_hash(key));
    std::vector<std::size_t> buckets;
    buckets.reserve(addresses);
    for (int i = 0; i < addresses; ++i)
        buckets.push_back(all.bucket("user" + std::to_string(i) + "@example.org"));
    return buckets;
}

/// Returns how many pairs of neighbours share a bucket in the first list, and how many of those in the
/// second.
std::pair<int, int> shared_buckets(std::vector<std::size_t> const& first,
                                   std::vector<std::size_t> const& second) {
    std::pair<int, int> shared;
    for (std::size_t i = 0; i < first.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (first[i] != first[j]) continue;
            ++shared.first;
            if (second[i] == second[j]) ++shared.second;
        }
    }
    return shared;
}

}  // namespace

TEST(secret_hash, texts_that_collide_under_one_key_do_not_under_another) {  // RS-120
    auto const [under_one, under_both] =
        shared_buckets(buckets_under(hash_key{1, 2}), buckets_under(hash_key{3, 4}));
    EXPECT_GT(under_one, 100) << "a thousand texts in about a thousand buckets";
    EXPECT_LT(under_both, under_one / 20);
}

TEST(secret_hash, order_of_a_table_depends_on_the_key) {  // RS-120
    EXPECT_NE(buckets_under(hash_key{1, 2}), buckets_under(hash_key{3, 4}));
    EXPECT_EQ(buckets_under(hash_key{1, 2}), buckets_under(hash_key{1, 2}));
}

TEST(secret_hash, process_has_one_key_that_was_drawn) {  // RS-120
    auto const& key = hash_key_of_process();
    EXPECT_EQ(&key, &hash_key_of_process());
    EXPECT_TRUE(key.first != 0 && key.second != 0);
    EXPECT_EQ(secret_hash()("example.org"), secret_hash(key)("example.org"));
}
