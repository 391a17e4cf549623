#include "core/record_line.hpp"

#include <algorithm>
#include <boost/fusion/include/adapt_struct.hpp>
#include <boost/spirit/home/x3.hpp>
#include <charconv>

#include "core/record.hpp"

BOOST_FUSION_ADAPT_STRUCT(callout::core::record_line::field, key, value)

namespace callout::core {
namespace {

using field = record_line::field;
using fields = std::vector<field>;

constexpr std::string_view format_version = "1";

namespace grammar {

namespace x3 = boost::spirit::x3;

class escapes : public x3::symbols<char> {
public:
    escapes() { add("\\\\", '\\')("\\\"", '"')("\\r", '\r')("\\n", '\n')("\\t", '\t'); }
};
escapes const escape;

x3::rule<class bare_tag, std::string> const bare = "bare value";
auto const bare_def = *x3::char_("!#-~");

x3::rule<class quoted_tag, std::string> const quoted = "quoted value";
auto const quoted_def = x3::lit('"') >> *(escape | x3::char_(" !#-[") | x3::char_("]-~")) >> '"';

x3::rule<class field_tag, field> const one_field = "field";
auto const one_field_def = +x3::char_("a-z_") >> '=' >> (quoted | bare);

x3::rule<class record_tag, fields> const record = "record";
auto const record_def = one_field % ' ';

BOOST_SPIRIT_DEFINE(bare, quoted, one_field, record)

}  // namespace grammar

std::string quote(std::string_view text) {
    static constexpr std::string_view special = "\\\"\r\n\t";
    static constexpr std::string_view letters = "\\\"rnt";
    std::string out = "\"";
    for (char const c : text) {
        auto const at = special.find(c);
        if (at != special.npos) out += '\\';
        out += at == special.npos ? c : letters[at];
    }
    return out + '"';
}

/// A time and a lifetime may be a century each; their sum must not overflow the clock.
constexpr std::int64_t latest = 1LL << 32;

}  // namespace

std::int64_t seconds_since_epoch(system_time t) {
    return std::chrono::duration_cast<std::chrono::seconds>(t.time_since_epoch()).count();
}

std::optional<record_line> record_line::parse(std::string_view text) {
    record_line all;
    auto at = text.begin();
    if (text.size() > max_record || !boost::spirit::x3::parse(at, text.end(), grammar::record, all.fields_)) {
        return std::nullopt;
    }
    if (at != text.end() || all.text("v") != format_version) return std::nullopt;
    return all;
}

std::string_view record_line::text(std::string_view key) const {
    auto const found = std::ranges::find(fields_, key, &field::key);
    return found == fields_.end() ? std::string_view() : std::string_view(found->value);
}

std::optional<std::int64_t> record_line::number(std::string_view key) const {
    auto const digits = text(key);
    std::int64_t number = 0;
    auto const [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (failed != std::errc() || end != digits.data() + digits.size() || number < 0) return std::nullopt;
    return number;
}

std::optional<system_time> record_line::time(std::string_view key) const {
    auto const seconds = number(key);
    if (!seconds || *seconds > latest) return std::nullopt;
    return system_time(std::chrono::seconds(*seconds));
}

record_writer::record_writer() {
    constexpr std::size_t usual_record = 384;
    line.reserve(usual_record);
    add("v", format_version);
}

void record_writer::add(std::string_view key, std::string_view value) {
    if (value.empty()) return;
    if (!line.empty()) line += ' ';
    line += key;
    line += '=';
    bool const plain = value.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._:-") == value.npos;
    if (plain) {
        line += value;
    } else {
        line += quote(value);
    }
}

void record_writer::add(std::string_view key, std::int64_t value) {
    add(key, std::string_view(std::to_string(value)));
}

void record_writer::add(std::string_view key, system_time value) {
    add(key, seconds_since_epoch(value));
}

}  // namespace callout::core
