#include "script/filter_address.hpp"

namespace testmta::run {

using milterproto::errc;
using milterproto::socket_spec;

std::optional<socket_spec> read_filter_address(std::string const& text, std::string& problem) {
    auto const read = socket_spec::parse(text);
    // A descriptor is a place to listen at, and nobody can be called there.
    bool const is_callable = read && read->family() != socket_spec::kind::descriptor;
    if (is_callable) return *read;
    problem = '"' + text + "\" is not where a filter can be called; ";
    bool const says_more = !read && read.error() != errc::socket_spec_malformed;
    problem += says_more ? read.error().message() : "expected unix:/PATH, inet:PORT@HOST or inet6:PORT@HOST";
    return std::nullopt;
}

}  // namespace testmta::run
