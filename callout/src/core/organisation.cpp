#include "core/organisation.hpp"

#include <libpsl.h>

#include <boost/asio/ip/address.hpp>

namespace callout::core {
namespace {

bool is_address(std::string const& text) {
    boost::system::error_code not_one;
    boost::asio::ip::make_address(text, not_one);
    return !not_one || text.starts_with('[');
}

}  // namespace

std::string organisation_of(std::string_view name) {
    std::string const all(name);
    if (is_address(all)) return all;
    auto const* const registered = ::psl_registrable_domain(::psl_builtin(), all.c_str());
    return registered == nullptr ? all : std::string(registered);
}

}  // namespace callout::core
