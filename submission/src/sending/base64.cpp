#include "sending/base64.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace submission::sending {
namespace {

constexpr std::size_t group = 4;

bool is_digit_of_base64(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

}  // namespace

std::string to_base64(std::string_view octets) {
    std::string made((octets.size() + 2) / 3 * group + 1, '\0');  // OpenSSL writes a NUL after it
    auto const length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(made.data()),
                                        reinterpret_cast<unsigned char const*>(octets.data()),
                                        static_cast<int>(octets.size()));
    made.resize(static_cast<std::size_t>(length));
    return made;
}

std::optional<std::string> from_base64(std::string_view text) {
    if (text.size() % group != 0) return std::nullopt;
    auto const padding = text.ends_with("==") ? 2u : text.ends_with('=') ? 1u : 0u;
    // OpenSSL would skip white space, and take padding anywhere.
    if (!std::ranges::all_of(text.substr(0, text.size() - padding), is_digit_of_base64)) return std::nullopt;
    std::string made(text.size() / group * 3, '\0');
    auto const length =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(made.data()),
                        reinterpret_cast<unsigned char const*>(text.data()), static_cast<int>(text.size()));
    if (length < 0) return std::nullopt;
    made.resize(static_cast<std::size_t>(length) - padding);
    return made;
}

}  // namespace submission::sending
