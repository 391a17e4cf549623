#include "core/random_name.hpp"

#include <string_view>

namespace callout::core {

std::string random_name(random& chance, std::size_t length) {
    constexpr std::string_view octets = "abcdefghijklmnopqrstuvwxyz0123456789";
    constexpr std::size_t letters = 26;
    std::string name;
    while (name.size() < length) name += octets[chance.next() % (name.empty() ? letters : octets.size())];
    return name;
}

}  // namespace callout::core
