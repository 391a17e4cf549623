#include "core/siphash.hpp"

#include <bit>
#include <boost/endian/conversion.hpp>

namespace callout::core {
namespace {

constexpr std::size_t word_bytes = 8;
constexpr int rounds_for_each_word = 1;
constexpr int rounds_at_the_end = 3;

/// The four words of the paper, v0 to v3, which begin as "somepseudorandomlygeneratedbytes".
class sip_state {
public:
    explicit sip_state(hash_key const& key)
        : a_(key.first ^ 0x736f6d6570736575),
          b_(key.second ^ 0x646f72616e646f6d),
          c_(key.first ^ 0x6c7967656e657261),
          d_(key.second ^ 0x7465646279746573) {}

    void take(std::uint64_t word) {
        d_ ^= word;
        mix(rounds_for_each_word);
        a_ ^= word;
    }

    std::uint64_t finish() {
        c_ ^= 0xff;
        mix(rounds_at_the_end);
        return a_ ^ b_ ^ c_ ^ d_;
    }

private:
    void mix(int rounds) {
        for (int i = 0; i < rounds; ++i) {
            a_ += b_;
            c_ += d_;
            b_ = std::rotl(b_, 13) ^ a_;
            d_ = std::rotl(d_, 16) ^ c_;
            a_ = std::rotl(a_, 32) + d_;
            c_ += b_;
            b_ = std::rotl(b_, 17) ^ c_;
            d_ = std::rotl(d_, 21) ^ a_;
            c_ = std::rotl(c_, 32);
        }
    }

    std::uint64_t a_, b_, c_, d_;
};

/// Returns the last word: what is left of the bytes, and how many there were.
std::uint64_t last_word(std::string_view rest, std::size_t length) {
    auto word = std::uint64_t(length) << 56;
    for (std::size_t i = 0; i < rest.size(); ++i)
        word |= std::uint64_t(static_cast<unsigned char>(rest[i])) << (8 * i);
    return word;
}

}  // namespace

std::uint64_t siphash(hash_key const& key, std::string_view bytes) noexcept {
    sip_state state(key);
    auto rest = bytes;
    for (; rest.size() >= word_bytes; rest.remove_prefix(word_bytes)) {
        auto const* const at = reinterpret_cast<unsigned char const*>(rest.data());
        state.take(boost::endian::load_little_u64(at));
    }
    state.take(last_word(rest, bytes.size()));
    return state.finish();
}

}  // namespace callout::core
