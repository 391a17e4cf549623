#include "callout/core/capabilities.hpp"

#include <algorithm>
#include <boost/spirit/home/x3.hpp>

namespace callout::core {
namespace {

namespace grammar {

namespace x3 = boost::spirit::x3;

x3::rule<class keyword_tag, std::string> const keyword = "EHLO keyword";
auto const keyword_def = x3::char_("A-Za-z0-9") >> *x3::char_("A-Za-z0-9-");

x3::rule<class ehlo_line_tag, std::string> const ehlo_line = "EHLO line";
auto const ehlo_line_def = keyword >> (x3::eoi | &x3::char_(" =\t"));  // "=": the old form AUTH=LOGIN

BOOST_SPIRIT_DEFINE(keyword, ehlo_line)

}  // namespace grammar

char upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

std::string in_upper_case(std::string_view text) {
    std::string all(text);
    std::ranges::transform(all, all.begin(), upper);
    return all;
}

}  // namespace

capabilities capabilities::of(reply const& ehlo) {
    capabilities all;
    for (std::size_t i = 1; i < ehlo.lines.size(); ++i) {  // the first line is the server's name
        std::string keyword;
        auto at = ehlo.lines[i].begin();
        if (!boost::spirit::x3::parse(at, ehlo.lines[i].end(), grammar::ehlo_line, keyword)) continue;
        all.keywords_.push_back(in_upper_case(keyword));
    }
    return all;
}

bool capabilities::offers(std::string_view keyword) const {
    return std::ranges::count(keywords_, in_upper_case(keyword)) > 0;
}

}  // namespace callout::core
