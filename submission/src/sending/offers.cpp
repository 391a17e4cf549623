#include "sending/offers.hpp"

#include <algorithm>
#include <boost/spirit/home/x3.hpp>

#include "core/ascii.hpp"

namespace submission::sending {
namespace {

namespace x3 = boost::spirit::x3;

std::string_view trimmed(std::string_view text) {
    auto const first = text.find_first_not_of(" \t");
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<std::uint64_t> number_in(std::string_view text) {
    constexpr x3::uint_parser<std::uint64_t, 10, 1, 20> number{};
    std::uint64_t value = 0;
    if (!x3::parse(text.begin(), text.end(), number >> x3::eoi, value)) return std::nullopt;
    return value;
}

constexpr std::string_view keywords_with_number[] = {"SIZE", "DELIVERBY"};

bool wants_dsn(message const& what) {
    auto const has_wish = [](recipient const& one) { return !one.notify.empty() || one.original; };
    return what.ret != returned::unspecified || what.id || std::ranges::any_of(what.recipients, has_wish);
}
bool is_binary(message const& what) {
    return what.body == body_type::binary;
}
bool is_eight_bit(message const& what) {
    return what.body == body_type::eight_bit;
}
bool has_time(message const& what) {
    return what.by.has_value();
}

}  // namespace

std::optional<std::uint64_t> offers::number_after(std::string_view keyword) const {
    auto const found = number_in(trimmed(all_.parameters(keyword)));
    return found && *found > 0 ? found : std::nullopt;
}

bool offers::has_odd_number() const {
    return std::ranges::any_of(keywords_with_number, [&](std::string_view keyword) {
        auto const text = trimmed(all_.parameters(keyword));
        return !text.empty() && !number_in(text);
    });
}

std::int64_t offers::least_delivery_time() const {
    constexpr std::uint64_t most = 999'999'999;
    return static_cast<std::int64_t>(std::min(number_after("DELIVERBY").value_or(0), most));
}

bool offers::has_mechanism(auth_mechanism which) const {
    auto rest = all_.parameters("AUTH");
    while (!(rest = trimmed(rest)).empty()) {
        auto const word = rest.substr(0, rest.find_first_of(" \t"));
        if (callout::core::same_word(word, to_string(which))) return true;
        rest.remove_prefix(word.size());
    }
    return false;
}

bool needs_smtputf8(message const& what) {
    bool const of_sender = what.sender && what.sender->needs_smtputf8();
    return what.has_utf8_headers || of_sender ||
           std::ranges::any_of(what.recipients,
                               [](recipient const& one) { return one.address.needs_smtputf8(); });
}

std::vector<need> const& needs() {
    static std::vector<need> const all{
        {"DSN", wants_dsn, false},        {"CHUNKING", is_binary, true},      {"BINARYMIME", is_binary, true},
        {"8BITMIME", is_eight_bit, true}, {"SMTPUTF8", needs_smtputf8, true}, {"DELIVERBY", has_time, false},
    };
    return all;
}

std::string_view missing_for(message const& what, offers const& server) {
    for (auto const& one : needs())
        if (one.is_fatal && !server.has(one.keyword) && one.of(what)) return one.keyword;
    return {};
}

}  // namespace submission::sending
