#include "submission/destination.hpp"

#include <boost/fusion/include/adapt_struct.hpp>
#include <boost/spirit/home/x3.hpp>

#include "submission/error.hpp"

namespace submission {
namespace {

struct host_and_port {
    std::string host;
    std::optional<std::uint16_t> port;
};

}  // namespace
}  // namespace submission

BOOST_FUSION_ADAPT_STRUCT(submission::host_and_port, host, port)

namespace submission {
namespace {

namespace destination_grammar {

namespace x3 = boost::spirit::x3;

x3::rule<class bracketed_tag, std::string> const bracketed = "address in brackets";
auto const bracketed_def = '[' >> +(x3::char_ - ']') >> ']';
x3::rule<class bare_host_tag, std::string> const bare_host = "host";
auto const bare_host_def = +(x3::char_ - x3::char_(":[]"));
x3::rule<class host_and_port_tag, host_and_port> const place = "HOST or HOST:PORT";
auto const place_def = (bracketed | bare_host) >> -(':' >> x3::uint16) >> x3::eoi;
BOOST_SPIRIT_DEFINE(bracketed, bare_host, place)

}  // namespace destination_grammar

constexpr std::uint16_t port_of_submissions = 465;  // RFC 8314 3.3

}  // namespace

result<destination> destination::parse(std::string_view text, std::uint16_t default_port) {
    host_and_port found;
    auto at = text.begin();
    if (!boost::spirit::x3::parse(at, text.end(), destination_grammar::place, found))
        return errc::destination_syntax;
    auto const host = callout::host_name::parse(found.host);
    auto const port = found.port.value_or(default_port);
    if (!host || port == 0) return errc::destination_syntax;
    return server(*host, port, port == port_of_submissions ? tls_start::at_once : tls_start::on_request);
}

}  // namespace submission
