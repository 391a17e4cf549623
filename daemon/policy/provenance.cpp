#include "policy/provenance.hpp"

#include <array>
#include <chrono>
#include <ctime>

namespace vouchd {

namespace {

using callout::kept_for;
using callout::core::stage;

std::string formatted(callout::system_time when, char const* pattern) {
    auto const seconds = std::chrono::system_clock::to_time_t(when);
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), pattern, &utc)};
}

struct unit {
    std::chrono::seconds length;
    std::string_view word;
};
/// A unit is used from twice its length on, so that no more than half of an age is rounded away.
constexpr auto units = std::to_array<unit>({
    {std::chrono::days(1), "days"},
    {std::chrono::hours(1), "hours"},
    {std::chrono::minutes(1), "minutes"},
});

std::string spoken(std::chrono::seconds age) {
    for (auto const& [length, word] : units) {
        if (age >= 2 * length) return std::to_string(age / length).append(" ").append(word);
    }
    return std::to_string(age.count()) + (age == std::chrono::seconds(1) ? " second" : " seconds");
}

/// What is said to a recipient is remembered for its domain, unless it was said of the whole server.
bool is_of_domain(callout::verification const& verified) {
    return verified.kept_for == kept_for::domain || verified.said_at == stage::rcpt;
}

std::string about(callout::verification const& verified, subject const& sender) {
    if (!verified.said_to_another) return " about this address";
    if (is_of_domain(verified) && sender.address)
        return " about another address of " + sender.address->domain();
    return ", when another address was asked about";
}

/// What `vouchd cache delete` has to be told.
std::string culprit(callout::verification const& verified, subject const& sender) {
    if (verified.kept_for == kept_for::host) return verified.ip;
    return sender.address ? sender.address->address() : sender.path;
}

}  // namespace

std::string source_of(callout::verification const& verified, subject const& sender) {
    if (verified.cached == callout::freshness::live) return {};
    auto const* const how = verified.reply ? "said " : "found ";
    return how + spoken(verified.age) + " ago" + about(verified, sender);
}

std::string provenance(callout::verification const& verified, subject const& sender) {
    if (verified.unconfirmed)
        return "DNS alone says so, and was asked once: a look at least a minute later decides";
    auto text = source_of(verified, sender);
    if (text.empty() || !verified.kept_until) return text;
    return text + ", kept until " + formatted(*verified.kept_until, "%Y-%m-%d %H:%M UTC") +
           " (`vouchd cache delete " + culprit(verified, sender) + "` ends it)";
}

std::string timestamp(callout::system_time when) {
    return formatted(when, "%Y-%m-%dT%H:%M:%SZ");
}

}  // namespace vouchd
