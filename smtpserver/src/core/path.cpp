#include "smtpserver/core/path.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/fusion/include/adapt_struct.hpp>
#include <boost/spirit/home/x3.hpp>

#include "core/octets.hpp"
#include "core/utf8.hpp"
#include "smtpserver/core/limits.hpp"

namespace smtpserver::core {
namespace {

struct path_parts {
    std::string local_part;
    std::string domain;
};

}  // namespace
}  // namespace smtpserver::core

BOOST_FUSION_ADAPT_STRUCT(smtpserver::core::path_parts, local_part, domain)

namespace smtpserver::core {
namespace {

/// RFC 5321 4.1.2 with the bytes of RFC 6531 3.3, and beyond it what senders have all the same: dots anywhere
/// in a local part, `_` in a domain. Each rule yields the bytes that it took.
namespace path_grammar {

namespace x3 = boost::spirit::x3;
using x3::char_;
using x3::lit;
using x3::raw;

auto const beyond_ascii = char_(octet(0x80), octet(0xff));
auto const atext = char_("A-Za-z0-9!#$%&'*+/=?^_`{|}~.-") | beyond_ascii;
auto const qtext = char_(" !#-[") | char_("]-~") | beyond_ascii;
auto const quoted_pair = lit('\\') >> char_(" -~");

template <class Tag>
using octets_of = x3::rule<Tag, std::string>;

octets_of<class smtpserver_local_part_tag> const local_part = "local part";
auto const local_part_def = raw[+atext | (lit('"') >> *(qtext | quoted_pair) >> '"')];

octets_of<class smtpserver_domain_tag> const domain = "domain";
auto const label = +(char_("A-Za-z0-9_-") | beyond_ascii);
auto const domain_def = raw[label % '.'] | raw[lit('[') >> +char_("0-9A-Za-z.:") >> ']'];

x3::rule<class smtpserver_route_tag> const source_route = "source route";
auto const source_route_def = x3::omit[(lit('@') >> domain) % ',' >> ':'];

x3::rule<class smtpserver_path_tag, path_parts> const path = "path";
auto const path_def = -source_route >> local_part >> '@' >> domain >> x3::eoi;

x3::rule<class smtpserver_local_part_alone_tag, std::string> const local_part_alone = "local part alone";
auto const local_part_alone_def = local_part >> x3::eoi;

BOOST_SPIRIT_DEFINE(local_part, domain, source_route, path, local_part_alone)

}  // namespace path_grammar

template <class Rule, class Attribute>
bool reads(std::string_view text, Rule const& rule, Attribute& into) {
    auto from = text.begin();
    return boost::spirit::x3::parse(from, text.end(), rule, into);
}

/// Returns whether the text between brackets is an IP address as RFC 5321 4.1.3 writes it.
bool is_address_literal(std::string_view text) {
    constexpr std::string_view tag = "IPv6:";
    bool const is_tagged = equals_ignoring_case(text.substr(0, tag.size()), tag);
    if (is_tagged) text.remove_prefix(tag.size());
    boost::system::error_code failed;
    auto const address = boost::asio::ip::make_address(text, failed);
    return !failed && address.is_v6() == is_tagged;
}

bool is_good_domain(std::string_view domain) {
    return !domain.starts_with('[') || is_address_literal(domain.substr(1, domain.size() - 2));
}

path::fault fault_without_domain(std::string const& local_part) {
    return equals_ignoring_case(local_part, "postmaster") ? path::fault::none : path::fault::no_domain;
}

}  // namespace
}  // namespace smtpserver::core

namespace smtpserver {

path::fault path::parse(std::string_view text, path& into) {
    into = path();
    if (text.empty()) return fault::none;
    constexpr std::size_t brackets = 2;
    if (text.size() + brackets > limits::path) return fault::too_long;
    if (!core::is_utf8(text)) return fault::not_utf8;
    std::string alone;
    if (core::reads(text, core::path_grammar::local_part_alone, alone)) {
        auto const found = core::fault_without_domain(alone);
        if (found == fault::none) into = path(std::move(alone), {});
        return found;
    }
    core::path_parts found;
    if (!core::reads(text, core::path_grammar::path, found)) return fault::syntax;
    if (found.local_part.size() > limits::local_part || found.domain.size() > limits::domain)
        return fault::too_long;
    if (!core::is_good_domain(found.domain)) return fault::syntax;
    into = path(std::move(found.local_part), std::move(found.domain));
    return fault::none;
}

std::string path::address() const {
    return domain_.empty() ? local_part_ : local_part_ + '@' + domain_;
}

bool path::needs_smtputf8() const noexcept {
    return std::ranges::any_of(local_part_, core::is_beyond_ascii) ||
           std::ranges::any_of(domain_, core::is_beyond_ascii);
}

}  // namespace smtpserver
