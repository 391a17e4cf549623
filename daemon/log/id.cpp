#include "log/id.hpp"

namespace vouchd {

std::string make_id(callout::random& chance) {
    constexpr char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
    constexpr int letters = 16;  // of 5 bits
    constexpr int letters_of_a_draw = 8;
    std::string id;
    std::uint64_t bits = 0;
    for (int i = 0; i != letters; ++i) {
        if (i % letters_of_a_draw == 0) bits = chance.next();
        id += alphabet[bits & 31];
        bits >>= 5;
    }
    return id;
}

}  // namespace vouchd
