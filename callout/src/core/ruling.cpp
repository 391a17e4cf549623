#include "core/ruling.hpp"

#include <array>
#include <optional>

#include "callout/verdict_word.hpp"

namespace callout::core {
namespace {

/// One row of the table: where the circumstance holds, a verdict that fits becomes what stands here. What is
/// empty stays as it was.
struct adjustment {
    bool circumstances::* where;  ///< null: everywhere
    bool (*fits)(verification const& v) noexcept;
    std::optional<callout::status> status;
    std::optional<callout::reason> reason;
    std::optional<callout::scope> scope;
    std::optional<callout::strength> strength;
};

bool every(verification const&) noexcept {
    return true;
}
bool pass(verification const& v) noexcept {
    return v.status == status::pass;
}
bool pass_of_catch_all(verification const& v) noexcept {
    return pass(v) && v.catch_all == known::yes;
}
/// Returns whether it is the pass of the address, or the refusal of the postmaster itself.
bool without_postmaster(verification const& v) noexcept {
    return (pass(v) || v.status == status::fail) && v.postmaster == known::no;
}
bool timed_out(verification const& v) noexcept {
    return v.reason == reason::timeout;
}
bool policy_on_address(verification const& v) noexcept {
    return v.scope == scope::address && word_of(v) == verdict_word::policy_block;
}
bool null_refused(verification const& v) noexcept {
    return v.reason == reason::null_refused;
}

using known_as = circumstances;
using to = callout::scope;
using why = callout::reason;
constexpr std::nullopt_t same = std::nullopt;

// clang-format off
constexpr auto table = std::to_array<adjustment>({
    // where                           what                status            reason              scope        strength
    {nullptr,                          pass_of_catch_all,  same,             same,               same,        strength::weak},
    {&known_as::backup_answered,       pass,               same,             why::via_backup,    same,        strength::weak},  // a backup takes much that the primary would refuse
    {&known_as::postmaster_is_wanted,  without_postmaster, status::fail,     why::no_postmaster, to::domain,  same},
    {&known_as::nobody_was_reached,    every,              same,             why::unreachable,   same,        same},
    {&known_as::asker_chose_hosts,     is_fail_by_dns,     status::error,    why::bad_request,   to::self,    same},            // the asker named a wrong HOST
    {&known_as::said_to_several,       policy_on_address,  same,             same,               to::self,    same},            // what is said to everybody is about us
    {&known_as::timeout_is_not_found,  timed_out,          status::fail,     why::no_mailbox,    to::address, same},
    {&known_as::recipient_is_wanted,   null_refused,       status::error,    same,               same,        same},            // the question could not be asked
});
// clang-format on

template <class Value>
void set(Value& into, std::optional<Value> const& becomes) {
    if (becomes) into = *becomes;
}

}  // namespace

bool is_fail_by_dns(verification const& v) noexcept {
    return v.status == status::fail && !v.reply;
}

void rule(verification& v, circumstances const& known) {
    for (auto const& row : table) {
        bool const holds = row.where == nullptr || known.*row.where;
        if (!holds || !row.fits(v)) continue;
        set(v.status, row.status);
        set(v.reason, row.reason);
        set(v.scope, row.scope);
        set(v.strength, row.strength);
    }
}

}  // namespace callout::core
