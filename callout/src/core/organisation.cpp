#include "core/organisation.hpp"

#include <boost/asio/ip/address.hpp>

namespace callout::core {
namespace {

constexpr std::size_t country_code = 2;
constexpr std::size_t longest_category = 3;  // "com", "net", "org", "gov", "co", "ac"

/// Returns where the label that ends before `end` begins.
std::size_t label_before(std::string_view name, std::size_t end) {
    if (end == 0) return 0;
    auto const dot = name.rfind('.', end - 1);
    return dot == name.npos ? 0 : dot + 1;
}

bool is_address(std::string_view text) {
    boost::system::error_code not_one;
    boost::asio::ip::make_address(text, not_one);
    return !not_one || text.starts_with('[');
}

}  // namespace

std::string organisation_of(std::string_view host) {
    if (is_address(host)) return std::string(host);
    auto const top = label_before(host, host.size());
    if (top == 0) return std::string(host);
    auto const second = label_before(host, top - 1);
    bool const has_category = host.size() - top == country_code && top - 1 - second <= longest_category;
    if (!has_category || second == 0) return std::string(host.substr(second));
    return std::string(host.substr(label_before(host, second - 1)));
}

}  // namespace callout::core
