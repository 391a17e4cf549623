#pragma once

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "world/control/control_api.hpp"

/// What the control interface takes by HTTP, and what it makes of it.
namespace testmta::world {

inline constexpr std::uint32_t most_head_octets = 8 * 1024;
inline constexpr std::uint64_t most_body_octets = 4 * 1024 * 1024;

using http_parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

inline void set_limits(http_parser& of) {
    of.header_limit(most_head_octets);
    of.body_limit(most_body_octets);
}

inline control_request to_control_request(
    boost::beast::http::request<boost::beast::http::string_body> const& asked) {
    using boost::beast::http::field;
    control_request what;
    what.method = asked.method_string();
    what.target = asked.target();
    what.host = asked[field::host];
    what.origin = asked[field::origin];
    what.body = asked.body();
    return what;
}

}  // namespace testmta::world
