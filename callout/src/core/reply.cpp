#include "callout/reply.hpp"

#include <algorithm>
#include <array>
#include <boost/fusion/include/adapt_struct.hpp>
#include <boost/spirit/home/x3.hpp>
#include <utility>

namespace callout::core {
namespace {

struct reply_line {
    unsigned code = 0;
    char separator = ' ';
    std::string_view text;
};

}  // namespace
}  // namespace callout::core

BOOST_FUSION_ADAPT_STRUCT(callout::core::reply_line, code, separator)
BOOST_FUSION_ADAPT_STRUCT(callout::core::enhanced_code, cls, subject, detail)

namespace callout::core {
namespace {

/// RFC 5321 4.2 for one line without its end, and RFC 3463 2 for the triplet that may begin its text.
namespace grammar {

namespace x3 = boost::spirit::x3;

constexpr x3::uint_parser<unsigned, 10, 3, 3> three_digits{};
constexpr x3::uint_parser<std::uint16_t, 10, 1, 3> number{};

x3::rule<class reply_code_tag, unsigned> const code = "reply code";
auto const code_def = three_digits;

x3::rule<class head_tag, reply_line> const head = "what stands before the text of a reply line";
auto const head_def = code >> (x3::char_("- ") | (x3::eoi >> x3::attr(' ')));

auto const no_zero_before = !(x3::lit('0') >> x3::digit);
x3::rule<class enhanced_tag, enhanced_code> const enhanced = "enhanced status code";
auto const enhanced_def = &x3::char_("245") >> x3::uint_parser<std::uint8_t, 10, 1, 1>() >>
                          '.' >> no_zero_before >> number >> '.' >> no_zero_before >> number >>
                          (x3::eoi | &x3::lit(' '));

x3::rule<class like_enhanced_tag> const like_enhanced = "what was meant as an enhanced status code";
auto const like_enhanced_def = x3::omit[x3::char_("245") >> '.' >> x3::digit];

BOOST_SPIRIT_DEFINE(code, head, enhanced, like_enhanced)

}  // namespace grammar

template <class Rule, class... Attribute>
bool begins_with(std::string_view text, Rule const& rule, Attribute&... into) {
    auto at = text.begin();
    return boost::spirit::x3::parse(at, text.end(), rule, into...);
}

result<reply_line> parse_line(std::string_view text) {
    reply_line line;
    auto at = text.begin();
    if (boost::spirit::x3::parse(at, text.end(), grammar::head, line)) {
        line.text = text.substr(static_cast<std::size_t>(at - text.begin()));
        return line;
    }
    unsigned code = 0;
    return begins_with(text, grammar::code, code) ? errc::reply_no_separator : errc::reply_not_numeric;
}

/// What is odd about each byte.
constexpr auto byte_oddities = [] {
    std::array<reply_oddity, 256> all{};
    for (std::size_t i = 0; i < all.size(); ++i) {
        bool const is_control = (i < ' ' && i != '\t') || i == 0x7f;
        all[i] = i > 0x7f ? reply_oddity::eight_bit : is_control ? reply_oddity::control_bytes : all[i];
    }
    return all;
}();

reply_oddity oddities_of(std::string_view text) {
    auto all = reply_oddity::none;
    for (char const c : text) all = all | byte_oddities[static_cast<unsigned char>(c)];
    return all;
}

void note(reply& r, reply_oddity what, bool seen) {
    if (seen) r.oddities = r.oddities | what;
}

/// The first triplet counts; all others must agree with it (B.4 EnhMixed, EnhClassMismatch, EnhMalformed).
void note_enhanced(reply& r, std::string_view text, bool first_line) {
    auto const found = parse_enhanced_code(text);
    if (!found) {
        note(r, reply_oddity::enhanced_malformed, begins_with(text, grammar::like_enhanced));
        note(r, reply_oddity::enhanced_mixed, r.enhanced.has_value());
        return;
    }
    note(r, reply_oddity::enhanced_class_mismatch, found->cls != r.code / 100);
    note(r, reply_oddity::enhanced_mixed, r.enhanced ? *r.enhanced != *found : !first_line);
    if (!r.enhanced) r.enhanced = found;
}

constexpr std::size_t size_of_head = 4;  ///< of a code and what separates it from the text

constexpr unsigned first_digit(unsigned code) {
    return code / 100;
}

}  // namespace

std::string enhanced_code::to_string() const {
    return std::to_string(cls) + '.' + std::to_string(subject) + '.' + std::to_string(detail);
}

std::optional<enhanced_code> parse_enhanced_code(std::string_view text) {
    enhanced_code found;
    if (!begins_with(text, grammar::enhanced, found)) return std::nullopt;
    return found;
}

std::string reply::first_line() const {
    auto const line = lines.front();
    std::string shown;
    shown.reserve(size_of_head + line.size());
    shown += std::to_string(code);
    if (line.empty()) return shown;
    shown += lines.size() > 1 ? '-' : ' ';
    append_printable(shown, line);
    return shown;
}

std::string reply::text() const {
    std::string all;
    for (auto left = lines.size(); auto const line : lines) {
        bool const last = --left == 0;
        all += std::to_string(code);
        all += last ? ' ' : '-';
        append_printable(all, line);
        if (!last) all += "\r\n";
    }
    return all;
}

void reply_reader::feed(std::string_view bytes) {
    if (failed_) return;
    auto const room = limits_.total - total_;
    overflow_ = overflow_ || bytes.size() > room;
    auto const taken = bytes.substr(0, room);
    total_ += taken.size();
    pending_.append(taken);
}

result<std::optional<reply>> reply_reader::next(reply_place where) {
    if (failed_) return failed_;
    while (true) {
        auto const line = next_line();
        if (!line) return fail(line.error(), pending_.unread());
        if (!*line) return std::optional<reply>();
        if (auto const added = add(**line, where); !added) return fail(added.error(), **line);
        if (!last_seen_) continue;
        last_seen_ = false;
        lines_ = 0;
        return std::optional<reply>(std::exchange(open_, reply()));
    }
}

/// Takes one line from what is pending. A bare LF ends it, a bare CR does not.
result<std::optional<std::string_view>> reply_reader::next_line() {
    auto const end = pending_.find_line_end();
    auto line = pending_.unread().substr(0, end);
    bool const has_cr = line.ends_with('\r');
    if (has_cr) line.remove_suffix(1);
    if (line.size() > limits_.line) return errc::reply_line_too_long;
    if (end == line.npos) {
        if (overflow_) return errc::reply_too_big;
        return std::optional<std::string_view>();
    }
    bare_lf_ = !has_cr;
    pending_.take(end + 1);
    return std::optional(line);
}

/// postscreen sends the first line of its greeting at once, to catch clients that speak too early, and says
/// "220" or "521" only when it has looked the client up: what it says last is what it means.
result<void> reply_reader::add(std::string_view text, reply_place where) {
    if (++lines_ > limits_.lines) return errc::reply_too_many_lines;
    auto line = parse_line(text);
    if (!line) return line.error();
    last_seen_ = line->separator == ' ';
    bool const preliminary = first_digit(line->code) == 1 && !last_seen_;
    if (preliminary) return {};  // smtp-callout.md 3.9: skip the line
    if (line->code < 200 || line->code > 599) return errc::reply_code_out_of_range;

    bool const first = open_.lines.empty();
    bool const turns = !first && first_digit(line->code) != first_digit(open_.code);
    if (turns && where != reply_place::greeting) return errc::reply_code_changes;
    note(open_, reply_oddity::teaser, turns);
    if (turns) open_.enhanced.reset();
    note(open_, reply_oddity::code_changes, !first && !turns && line->code != open_.code);
    note(open_, reply_oddity::bare_lf, bare_lf_);
    open_.oddities = open_.oddities | oddities_of(line->text);
    open_.code = line->code;
    note_enhanced(open_, line->text, first || turns);
    open_.lines.push_back(line->text.substr(0, limits_.kept_line));
    return {};
}

result<std::optional<reply>> reply_reader::fail(boost::system::error_code why, std::string_view text) {
    constexpr std::size_t shown = 128;
    failed_ = why;
    rejected_ = text.substr(0, shown);
    pending_.clear();
    return why;
}

}  // namespace callout::core
