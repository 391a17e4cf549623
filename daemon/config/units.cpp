#include "config/units.hpp"

#include <boost/spirit/home/x3.hpp>
#include <cmath>
#include <cstdint>

namespace vouchd {

namespace {

namespace x3 = boost::spirit::x3;

struct unit {
    char const* name;
    std::int64_t factor;
};

constexpr unit time_units[] = {{"w", 604'800'000}, {"d", 86'400'000}, {"h", 3'600'000},
                               {"m", 60'000},      {"s", 1'000},      {"ms", 1}};
constexpr unit size_units[] = {{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}};

template <std::size_t N>
x3::symbols<std::int64_t> table_of(unit const (&units)[N]) {
    x3::symbols<std::int64_t> table;
    for (auto const& one : units) table.add(one.name, one.factor);
    return table;
}

/// Whole and largest first: what `parse` reads back.
template <std::size_t N>
std::string in_units(std::int64_t count, unit const (&units)[N], char const* zero) {
    if (count == 0) return zero;
    std::string text;
    for (auto const& one : units) {
        if (auto const whole = count / one.factor) text += std::to_string(whole) + one.name;
        count %= one.factor;
    }
    return text;
}

constexpr double longest_ms = 100.0 * 366 * 86'400'000;
constexpr std::uint64_t largest_size = std::uint64_t{1} << 50;

/// "1.5s", never "1e3s" or "-1s".
struct plain_decimal : x3::ureal_policies<double> {
    template <class Iterator>
    static bool parse_exp(Iterator&, Iterator const&) {
        return false;
    }
    template <class Iterator, class Attribute>
    static bool parse_nan(Iterator&, Iterator const&, Attribute&) {
        return false;
    }
    template <class Iterator, class Attribute>
    static bool parse_inf(Iterator&, Iterator const&, Attribute&) {
        return false;
    }
    static bool const allow_leading_dot = false;
    static bool const allow_trailing_dot = false;
};
x3::real_parser<double, plain_decimal> const decimal;

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    static auto const units = table_of(time_units);
    if (text == "0") return std::chrono::milliseconds(0);
    double total = 0;
    double number = 0;
    auto const set_number = [&](auto& context) { number = x3::_attr(context); };
    auto const add = [&](auto& context) { total += number * static_cast<double>(x3::_attr(context)); };
    auto at = text.begin();
    bool const read = x3::parse(at, text.end(), +(decimal[set_number] >> units[add]) >> x3::eoi);
    if (!read || total > longest_ms) return std::nullopt;
    return std::chrono::milliseconds(std::llround(total));
}

std::string to_text(std::chrono::milliseconds duration) {
    return in_units(duration.count(), time_units, "0s");
}

std::optional<std::size_t> parse_size(std::string_view text) {
    static auto const units = table_of(size_units);
    std::uint64_t number = 0;
    std::int64_t factor = 0;
    auto const set_number = [&](auto& context) { number = x3::_attr(context); };
    auto const set_factor = [&](auto& context) { factor = x3::_attr(context); };
    auto at = text.begin();
    bool const read = x3::parse(at, text.end(),
                                x3::uint_parser<std::uint64_t>{}[set_number] >> units[set_factor] >> x3::eoi);
    if (!read || number > largest_size / static_cast<std::uint64_t>(factor)) return std::nullopt;
    return number * static_cast<std::uint64_t>(factor);
}

std::string size_text(std::size_t bytes) {
    for (auto const& one : size_units) {
        if (bytes % static_cast<std::size_t>(one.factor) == 0 && bytes != 0) {
            return std::to_string(bytes / static_cast<std::size_t>(one.factor)) + one.name;
        }
    }
    return "0B";
}

std::optional<callout::rate> parse_rate(std::string_view text) {
    constexpr std::uint32_t largest_count = 1'000'000'000;
    std::uint32_t count = 0;
    auto at = text.begin();
    if (!x3::parse(at, text.end(), x3::uint32 >> '/', count) || count == 0 || count > largest_count)
        return std::nullopt;
    auto const window = parse_duration(std::string_view(at, text.end()));
    if (!window || *window == std::chrono::milliseconds(0)) return std::nullopt;
    return callout::rate{count, *window};
}

std::string to_text(callout::rate const& value) {
    return std::to_string(value.count) + '/' + to_text(value.window);
}

}  // namespace vouchd
