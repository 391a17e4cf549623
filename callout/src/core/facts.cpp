#include "core/facts.hpp"

#include <algorithm>

#include "core/record_line.hpp"

namespace callout::core {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

struct fact_form {
    fact what;
    std::string_view name;
    seconds life_of_yes, life_of_no;
};
/// smtp-callout.md 6.1.
constexpr auto forms = std::to_array<fact_form>({
    {fact::catch_all, "catch_all", {}, {}},  // cache_lifetimes::catch_all
    {fact::postmaster, "postmaster", days(7), hours(3)},
    {fact::rejects_null, "rejects_null", days(1), days(1)},
    {fact::tls_broken, "tls_broken", days(1), days(1)},
    {fact::no_pipelining, "no_pipelining", days(1), days(1)},
});
static_assert(forms.size() == fact_count);

fact_form const& form_of(fact what) noexcept {
    return forms[static_cast<std::size_t>(what)];
}

std::string until_key(fact_form const& form) {
    return std::string(form.name) + "_until";
}

}  // namespace

seconds lifetime_of(fact what, known value, cache_lifetimes const& lifetimes) noexcept {
    if (value == known::unknown) return seconds(0);
    if (what == fact::catch_all) return lifetimes.catch_all;
    return value == known::yes ? form_of(what).life_of_yes : form_of(what).life_of_no;
}

known facts::get(fact what, system_time now) const noexcept {
    auto const& one = all_[static_cast<std::size_t>(what)];
    return one.until > now ? one.value : known::unknown;
}

void facts::set(fact what, known value, system_time until) noexcept {
    all_[static_cast<std::size_t>(what)] = {value, until};
}

void facts::take_newer(facts const& other, cache_lifetimes const& lifetimes, system_time now) noexcept {
    for (auto const& form : forms) {
        auto& mine = all_[static_cast<std::size_t>(form.what)];
        auto theirs = other.all_[static_cast<std::size_t>(form.what)];
        auto const life = lifetime_of(form.what, theirs.value, lifetimes);
        theirs.until = std::min(theirs.until, now + life);
        if (theirs.until - life > mine.until - lifetime_of(form.what, mine.value, lifetimes)) mine = theirs;
    }
}

system_time facts::expires() const noexcept {
    return std::ranges::max(all_, std::less(), &entry::until).until;
}

void facts::move_by(system_time::duration step) noexcept {
    for (auto& one : all_) {
        if (one.value != known::unknown) one.until += step;
    }
}

std::string facts::to_record(std::optional<system_time> written) const {
    record_writer out;
    for (auto const& form : forms) {
        auto const& one = all_[static_cast<std::size_t>(form.what)];
        if (one.value == known::unknown) continue;
        out.add(form.name, to_string(one.value));
        out.add(until_key(form), one.until);
    }
    if (written) out.add("t", *written);
    return out.line;
}

std::optional<facts> facts::from_record(std::string_view text, system_time latest) {
    auto const line = record_line::parse(text);
    if (!line || line->time("t").value_or(system_time()) > latest) return std::nullopt;
    facts all;
    for (auto const& form : forms) {
        auto const value = known_from(line->text(form.name));
        auto const until = line->time(until_key(form));
        if (value && until) all.set(form.what, *value, *until);
    }
    return all;
}

}  // namespace callout::core
