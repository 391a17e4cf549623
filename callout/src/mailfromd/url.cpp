#include "callout/mailfromd/url.hpp"

#include <sys/un.h>

#include <boost/fusion/include/adapt_struct.hpp>
#include <boost/spirit/home/x3.hpp>
#include <charconv>
#include <optional>

#include "callout/mailfromd/line.hpp"

namespace callout {
namespace {

struct place {
    std::string host;
    std::string service;
};
struct milter_place {
    std::string service;
    std::string host;
};

}  // namespace
}  // namespace callout

BOOST_FUSION_ADAPT_STRUCT(callout::place, host, service)
BOOST_FUSION_ADAPT_STRUCT(callout::milter_place, service, host)

namespace callout {
namespace {

constexpr std::size_t longest_path = sizeof(sockaddr_un::sun_path) - 1;

namespace grammar {

namespace x3 = boost::spirit::x3;
using x3::char_;
using x3::lit;

x3::rule<class scheme_tag, std::string> const scheme = "scheme";
auto const scheme_def = +(x3::alnum | char_("+._-")) >> ':';

x3::rule<class host_tag, std::string> const host = "host";
auto const host_def = (lit('[') >> +char_("0-9a-fA-F:.") >> ']') | +(x3::alnum | char_("._-"));

x3::rule<class service_tag, std::string> const service = "port";
auto const service_def = +(x3::alnum | char_("_+.-"));

x3::rule<class authority_tag, place> const authority = "//host:port";
auto const authority_def = lit("//") >> host >> ':' >> service;

x3::rule<class milter_tag, milter_place> const milter = "port@host";
auto const milter_def = service >> '@' >> host;

BOOST_SPIRIT_DEFINE(scheme, host, service, authority, milter)

}  // namespace grammar

template <class Rule, class Attribute>
bool parse_all(std::string_view text, Rule const& rule, Attribute& into) {
    auto at = text.begin();
    return boost::spirit::x3::parse(at, text.end(), rule, into) && at == text.end();
}

/// Returns whether it is a number but not a port's: getaddrinfo would take its lower 16 bits, and another
/// server would be asked.
bool is_beyond_all_ports(std::string const& service) {
    bool const is_number = service.find_first_not_of("0123456789") == std::string::npos;
    if (!is_number) return false;
    std::uint16_t port = 0;
    auto const [end, failed] = std::from_chars(service.data(), service.data() + service.size(), port);
    return failed != std::errc() || port == 0;
}

callout_error wrong(std::string text) {
    return callout_error(callout_fault::e_failure, std::move(text));
}

std::optional<place> place_from(std::string_view rest) {
    place found;
    if (parse_all(rest, grammar::authority, found)) return found;
    milter_place other;
    if (parse_all(rest, grammar::milter, other)) return place{other.host, other.service};
    return std::nullopt;
}

}  // namespace

callout_result<callout_url> callout_url::parse(std::string_view text) {
    if (text.empty()) return wrong("the URL is empty (write unix:///path or inet://HOST:PORT)");
    if (core::has_control_character(text)) return wrong("the URL has a control character");
    if (text == "local:") return callout_url(kind::engine);
    std::string scheme = "unix";
    auto at = text.begin();
    if (!text.starts_with('/')) {
        scheme.clear();
        if (!boost::spirit::x3::parse(at, text.end(), grammar::scheme, scheme))
            return wrong(std::string(text) + ": no scheme (write unix:///path or inet://HOST:PORT)");
    }
    auto rest = text.substr(static_cast<std::size_t>(at - text.begin()));
    if (scheme == "unix" || scheme == "local") {
        if (rest.starts_with("//") && text.front() != '/') rest.remove_prefix(2);
        if (!rest.starts_with('/')) return wrong(std::string(text) + ": the path must begin with /");
        if (rest.size() > longest_path) return wrong("the path of a socket has at most 107 bytes");
        callout_url url(kind::unix_path);
        url.path_ = rest;
        return url;
    }
    if (scheme != "inet" && scheme != "inet6")
        return callout_error(callout_fault::e_range, "unsupported protocol: " + scheme);
    auto const found = place_from(rest);
    if (!found)
        return wrong(std::string(text) + ": missing port number, or no host (write inet://HOST:PORT)");
    if (is_beyond_all_ports(found->service))
        return wrong(std::string(text) + ": a port is a number from 1 to 65535, or the name of a service");
    callout_url url(scheme == "inet" ? kind::inet : kind::inet6);
    url.host_ = found->host;
    url.service_ = found->service;
    return url;
}

}  // namespace callout
