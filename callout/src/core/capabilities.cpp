#include "callout/capabilities.hpp"

#include <algorithm>
#include <boost/fusion/include/std_pair.hpp>
#include <boost/spirit/home/x3.hpp>
#include <utility>

#include "core/ascii.hpp"

namespace callout::core {
namespace {

namespace grammar {

namespace x3 = boost::spirit::x3;

x3::rule<class keyword_tag, std::string> const keyword = "EHLO keyword";
auto const keyword_def = x3::raw[x3::char_("A-Za-z0-9") >> *x3::char_("A-Za-z0-9-")];

// What follows are the keyword's parameters.
x3::rule<class ehlo_line_tag, std::string> const ehlo_line = "EHLO line";
auto const ehlo_line_def = keyword >> (x3::eoi | x3::omit[x3::char_(" =\t")]);

x3::rule<class limit_name_tag, std::string> const limit_name = "name of a limit";
auto const limit_name_def = +x3::char_("A-Za-z0-9_-");

x3::rule<class limit_tag, std::pair<std::string, std::string>> const limit = "limit of RFC 9422";
auto const limit_def = limit_name >> '=' >> +x3::char_("!-:<-~");

BOOST_SPIRIT_DEFINE(keyword, ehlo_line, limit_name, limit)

}  // namespace grammar

}  // namespace

capabilities capabilities::of(reply const& ehlo) {
    capabilities all;
    all.offers_.reserve(ehlo.lines.size());
    for (bool names_server = true; auto const line : ehlo.lines) {
        if (std::exchange(names_server, false)) continue;
        offer one;
        auto at = line.begin();
        if (!boost::spirit::x3::parse(at, line.end(), grammar::ehlo_line, one.keyword)) continue;
        one.parameters.assign(at, line.end());
        all.offers_.push_back(std::move(one));
    }
    return all;
}

capabilities::offer const* capabilities::find(std::string_view keyword) const {
    auto const found =
        std::ranges::find_if(offers_, [&](offer const& one) { return same_word(one.keyword, keyword); });
    return found == offers_.end() ? nullptr : &*found;
}

bool capabilities::offers(std::string_view keyword) const {
    return find(keyword) != nullptr;
}

std::string_view capabilities::parameters(std::string_view keyword) const {
    auto const* const found = find(keyword);
    return found ? std::string_view(found->parameters) : std::string_view();
}

std::optional<std::size_t> capabilities::limit(std::string_view name) const {
    namespace x3 = boost::spirit::x3;
    constexpr x3::uint_parser<std::size_t, 10, 1, 6> number{};
    std::vector<std::pair<std::string, std::string>> limits;
    auto const text = parameters("LIMITS");
    x3::parse(text.begin(), text.end(), grammar::limit % +x3::lit(' '), limits);
    for (auto const& [key, value] : limits) {
        std::size_t most = 0;
        if (!same_word(key, name)) continue;
        if (x3::parse(value.begin(), value.end(), number >> x3::eoi, most) && most > 0) return most;
    }
    return std::nullopt;
}

}  // namespace callout::core
