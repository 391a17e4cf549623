#include "script/filter_address.hpp"

namespace testmta::run {

using milterproto::errc;
using milterproto::socket_spec;

std::optional<socket_spec> read_filter_address(std::string const& text, std::string& problem) {
    auto const read = socket_spec::parse(text);
    // A descriptor is for listening; one cannot connect to it.
    bool const can_connect = read && read->family() != socket_spec::kind::descriptor;
    if (can_connect) return *read;
    problem = '"' + text + "\" is not a socket to connect to; ";
    bool const says_more = !read && read.error() != errc::socket_spec_malformed;
    problem += says_more ? read.error().message() : "expected unix:/PATH, inet:PORT@HOST or inet6:PORT@HOST";
    return std::nullopt;
}

}  // namespace testmta::run
