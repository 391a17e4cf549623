#include "core/retry_after.hpp"

#include <algorithm>
#include <boost/spirit/home/x3.hpp>
#include <cstdint>
#include <string>

#include "core/ascii.hpp"
#include "core/reply_words.hpp"

namespace callout::core {
namespace {

namespace wait_grammar {

namespace x3 = boost::spirit::x3;

class units : public x3::symbols<unsigned> {
public:
    units() { add("second", 1)("sec", 1)("minute", 60)("min", 60)("hour", 3600); }
};

x3::rule<class wait_tag, unsigned> const wait = "how long to wait";
auto const multiply = [](auto& context) {
    using boost::fusion::at_c;
    auto const seconds = std::uint64_t(at_c<0>(x3::_attr(context))) * at_c<1>(x3::_attr(context));
    x3::_val(context) = static_cast<unsigned>(std::min<std::uint64_t>(seconds, 3600));
};
units const unit;
auto const wait_def = (x3::uint_ >> x3::omit[*x3::lit(' ')] >> unit)[multiply];

BOOST_SPIRIT_DEFINE(wait)

}  // namespace wait_grammar

}  // namespace

std::optional<std::chrono::seconds> retry_after(reply const& r) {
    auto const text = text_of(r);
    for (auto at = text.begin(); at != text.end(); ++at) {
        unsigned seconds = 0;
        bool const begins_number = at == text.begin() || !is_alphanumeric(at[-1]);
        auto from = at;
        if (begins_number && boost::spirit::x3::parse(from, text.end(), wait_grammar::wait, seconds) &&
            seconds > 0) {
            return std::chrono::seconds(seconds);
        }
    }
    return std::nullopt;
}

}  // namespace callout::core
