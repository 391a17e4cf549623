#include "settings.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>

#include "text/values.hpp"

namespace testmta::world {

namespace {

using callout::engine_options;

bool set_fallback_sender(std::string const& value, engine_options& into) {
    into.fallback_sender = value;
    return value.find('@') != std::string::npos;
}

bool add_own_address(std::string const& value, engine_options& into) {
    boost::system::error_code bad;
    into.destinations.own_addresses.push_back(boost::asio::ip::make_address(value, bad));
    return !bad;
}

template <bool engine_options::* Member>
bool set_switch(std::string const& value, engine_options& into) {
    into.*Member = value == "on";
    return value == "on" || value == "off";
}

template <std::size_t engine_options::* Member>
bool set_number(std::string const& value, engine_options& into) {
    auto const number = text::parse_number(value);
    into.*Member = number.value_or(0);
    return number && *number > 0;
}

struct row {
    std::string_view name;
    bool (*set)(std::string const& value, engine_options& into);
    std::string_view wanted;
};

constexpr auto rows = std::to_array<row>({
    {"fallback_sender", set_fallback_sender, "an address"},
    {"own_address", add_own_address, "an IP address"},
    {"ipv6", set_switch<&engine_options::use_ipv6>, "on or off"},
    {"max_mx", set_number<&engine_options::max_mx>, "a number from 1"},
    {"max_addresses_per_mx", set_number<&engine_options::max_addresses_per_mx>, "a number from 1"},
});

row const& row_of(setting const& chosen) {
    return *std::ranges::find(rows, chosen.name, &row::name);
}

}  // namespace

std::vector<std::string_view> setting_names() {
    std::vector<std::string_view> names;
    for (auto const& one : rows) names.push_back(one.name);
    return names;
}

std::string problem_of(setting const& chosen) {
    engine_options scratch;
    auto const& known = row_of(chosen);
    if (known.set(chosen.value, scratch)) return {};
    return "\"" + chosen.value + "\" cannot stand here; expected " + std::string(known.wanted);
}

void apply(setting const& chosen, engine_options& into) {
    row_of(chosen).set(chosen.value, into);
}

}  // namespace testmta::world
