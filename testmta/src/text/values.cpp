#include "text/values.hpp"

#include <boost/spirit/home/x3.hpp>

namespace testmta::text {

namespace {

namespace x3 = boost::spirit::x3;

/// The units that may follow a number, as multiples of the smallest.
struct units : x3::symbols<std::uint64_t> {};

struct time_units : units {
    time_units() { add("us", 1)("ms", 1000)("s", 1'000'000); }
} const time_unit;
struct size_units : units {
    size_units() { add("B", 1)("K", 1024)("M", 1024 * 1024); }
} const size_unit;

constexpr std::uint64_t longest_time = 3'600'000'000;
constexpr std::uint64_t largest_size = 1024 * 1024 * 1024;

x3::uint_parser<std::uint64_t, 10, 1, 15> const decimal;  // 15 digits times any unit cannot overflow
x3::uint_parser<std::uint32_t, 16, 1, 8> const hexadecimal;
x3::uint_parser<unsigned char, 16, 2, 2> const octet;
x3::uint_parser<unsigned, 10, 1, 3> const small;

template <class Grammar, class Value>
bool whole(std::string_view word, Grammar const& grammar, Value& value) {
    return x3::parse(word.begin(), word.end(), grammar >> x3::eoi, value);
}

template <class Unit>
std::optional<std::uint64_t> parse_quantity(std::string_view word, Unit const& unit, std::uint64_t most) {
    std::uint64_t count = 0;
    std::uint64_t factor = 0;
    auto const take_count = [&](auto& context) { count = x3::_attr(context); };
    auto const take_factor = [&](auto& context) { factor = x3::_attr(context); };
    auto const grammar = decimal[take_count] >> unit[take_factor] >> x3::eoi;
    if (!x3::parse(word.begin(), word.end(), grammar) || count > most / factor) return std::nullopt;
    return count * factor;
}

}  // namespace

std::optional<std::chrono::microseconds> parse_duration(std::string_view word) {
    auto const time = parse_quantity(word, time_unit, longest_time);
    if (!time) return std::nullopt;
    return std::chrono::microseconds(*time);
}

std::optional<std::size_t> parse_size(std::string_view word) {
    auto const bare = !word.empty() && word.back() >= '0' && word.back() <= '9';
    return parse_quantity(bare ? std::string(word) + 'B' : std::string(word), size_unit, largest_size);
}

std::optional<std::uint32_t> parse_number(std::string_view word) {
    std::uint32_t number = 0;
    if (!whole(word, (x3::lit("0x") >> hexadecimal) | x3::uint_parser<std::uint32_t>(), number))
        return std::nullopt;
    return number;
}

std::optional<std::string> parse_hex(std::string_view word) {
    std::string octets;
    auto const append = [&](auto& context) { octets.push_back(static_cast<char>(x3::_attr(context))); };
    if (!x3::parse(word.begin(), word.end(), +octet[append] >> x3::eoi)) return std::nullopt;
    return octets;
}

bool is_enhanced_code(std::string_view word) {
    return x3::parse(word.begin(), word.end(),
                     x3::char_("245") >> '.' >> x3::omit[small] >> '.' >> x3::omit[small] >> x3::eoi);
}

std::optional<int> parse_reply_code(std::string_view word) {
    int code = 0;
    if (!whole(word, x3::uint_parser<int, 10, 3, 3>(), code) || code < 200 || code > 599) return std::nullopt;
    return code;
}

std::string to_string(std::chrono::microseconds time) {
    auto const count = time.count();
    if (count % 1'000'000 == 0) return std::to_string(count / 1'000'000) + "s";
    if (count % 1000 == 0) return std::to_string(count / 1000) + "ms";
    return std::to_string(count) + "us";
}

}  // namespace testmta::text
