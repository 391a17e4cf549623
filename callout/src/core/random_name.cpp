#include "core/random_name.hpp"

#include <string_view>

namespace callout::core {

std::string random_name(random& chance, std::size_t length) {
    constexpr std::string_view characters = "abcdefghijklmnopqrstuvwxyz0123456789";
    constexpr std::size_t letters = 26;
    std::string name;
    while (name.size() < length)
        name += characters[chance.next() % (name.empty() ? letters : characters.size())];
    return name;
}

}  // namespace callout::core
