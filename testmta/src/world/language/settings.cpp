#include "world/language/settings.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>

#include "text/values.hpp"

namespace testmta::world {

namespace {

using callout::engine_options;

bool set_fallback_sender(std::string const& value, engine_settings& into) {
    auto const address = callout::mailbox::parse(value);
    if (address) into.options.fallback_sender = *address;
    return address.has_value();
}

bool add_own_address(std::string const& value, engine_settings& into) {
    boost::system::error_code bad;
    into.options.destinations.own_addresses.push_back(boost::asio::ip::make_address(value, bad));
    return !bad;
}

template <class Choice>
struct choice {
    std::string_view word;
    Choice meaning;
};
template <class Choice, std::size_t Count>
bool choose(std::string const& value, choice<Choice> const (&words)[Count], Choice& into) {
    auto const* found = std::ranges::find(words, value, &choice<Choice>::word);
    if (found == std::end(words)) return false;
    into = found->meaning;
    return true;
}

bool set_tls(std::string const& value, engine_settings& into) {
    using callout::tls_use;
    static constexpr choice<tls_use> words[] = {{"never", tls_use::never},
                                                {"may", tls_use::may},
                                                {"ondemand", tls_use::ondemand},
                                                {"require", tls_use::require}};
    return choose(value, words, into.options.tls);
}

bool set_mx_ip_literal(std::string const& value, engine_settings& into) {
    using callout::mx_ip_literal;
    static constexpr choice<mx_ip_literal> words[] = {{"ignore", mx_ip_literal::ignore},
                                                      {"accept", mx_ip_literal::accept}};
    return choose(value, words, into.options.mx_ip_literal);
}

bool set_loopback_mx(std::string const& value, engine_settings& into) {
    using callout::loopback_mx;
    static constexpr choice<loopback_mx> words[] = {{"error", loopback_mx::error},
                                                    {"fail", loopback_mx::fail}};
    return choose(value, words, into.options.loopback_mx);
}

bool set_switch(std::string const& value, bool& into) {
    into = value == "on";
    return value == "on" || value == "off";
}
template <bool engine_options::* Member>
bool set_option(std::string const& value, engine_settings& into) {
    return set_switch(value, into.options.*Member);
}
template <bool callout::extra_tests::* Member>
bool set_test(std::string const& value, engine_settings& into) {
    return set_switch(value, into.tests.*Member);
}

template <std::size_t engine_options::* Member>
bool set_number(std::string const& value, engine_settings& into) {
    auto const number = text::parse_number(value);
    into.options.*Member = number.value_or(0);
    return number && *number > 0;
}

struct row {
    std::string_view name;
    bool (*set)(std::string const& value, engine_settings& into);
    std::string_view wanted;
};

constexpr auto rows = std::to_array<row>({
    {"fallback_sender", set_fallback_sender, "an address"},
    {"own_address", add_own_address, "an IP address"},
    {"ipv6", set_option<&engine_options::use_ipv6>, "on or off"},
    {"prefer_ipv4", set_option<&engine_options::prefer_ipv4>, "on or off"},
    {"mx_ip_literal", set_mx_ip_literal, "ignore or accept"},
    {"loopback_mx", set_loopback_mx, "error or fail"},
    {"tls", set_tls, "never, may, ondemand or require"},
    {"random", set_test<&callout::extra_tests::random>, "on or off"},
    {"postmaster", set_test<&callout::extra_tests::postmaster>, "on or off"},
    {"max_mx", set_number<&engine_options::max_mx>, "a number from 1"},
    {"max_addresses_per_mx", set_number<&engine_options::max_addresses_per_mx>, "a number from 1"},
});

row const& row_of(setting const& chosen) {
    return *std::ranges::find(rows, chosen.name, &row::name);
}

}  // namespace

std::vector<std::string_view> setting_names() {
    std::vector<std::string_view> names;
    names.reserve(std::size(rows));
    for (auto const& one : rows) names.push_back(one.name);
    return names;
}

std::string problem_of(setting const& chosen) {
    engine_settings scratch;
    auto const& known = row_of(chosen);
    if (known.set(chosen.value, scratch)) return {};
    return "\"" + chosen.value + "\" is not a value of " + chosen.name + "; expected " +
           std::string(known.wanted);
}

void apply(setting const& chosen, engine_settings& into) {
    row_of(chosen).set(chosen.value, into);
}

}  // namespace testmta::world
