#include "callout/host_name.hpp"

#include <algorithm>

namespace callout {
namespace {

constexpr std::size_t longest_name = 255;

bool may_stand(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._-:[]").find(c) != std::string_view::npos;
}

}  // namespace

result<host_name> host_name::parse(std::string_view text) {
    bool const fits = !text.empty() && text.size() <= longest_name;
    if (!fits || !std::ranges::all_of(text, may_stand)) return errc::host_name_syntax;
    return host_name(std::string(text));
}

}  // namespace callout
