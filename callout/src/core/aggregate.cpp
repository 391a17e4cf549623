#include "core/aggregate.hpp"

#include <algorithm>
#include <array>
#include <functional>

#include "core/ruling.hpp"
#include "core/synthetic.hpp"

namespace callout::core {
namespace {

/// The reasons of a transient verdict, the most telling first; `temporary` stands for all that are not
/// listed.
constexpr auto softness = std::to_array<reason>({
    reason::greylisted,
    reason::mailbox_full,
    reason::busy,
    reason::temporary,
    reason::dns,
    reason::closed,
    reason::timeout,
    reason::refused,
    reason::unreachable,
});

/// The fails that hold only if all hosts said so. When they differ, the first here is the verdict: a host
/// that refuses to relay does take mail, and a host without an address says nothing (CO-021, CO-090, CO-093).
constexpr auto unanimous = std::to_array<reason>({
    reason::relay_denied,
    reason::no_service,
    reason::mx_unresolvable,
});

std::ptrdiff_t softness_of(verification const& v) {
    auto const listed = std::ranges::find(softness, v.reason);
    auto const place = listed == softness.end() ? std::ranges::find(softness, reason::temporary) : listed;
    return place - softness.begin();
}

bool is_connect_failure(verification const& v) {
    return v.reason == reason::refused || v.reason == reason::unreachable;
}

bool is_own_fault(verification const& v) {
    return v.reason == reason::local;
}

bool softer(verification const& a, verification const& b) {
    return softness_of(a) < softness_of(b);
}

std::ptrdiff_t unanimity_of(verification const& v) {
    return std::ranges::find(unanimous, v.reason) - unanimous.begin();
}

verification without_all_hosts(reason why) {
    auto const whose = why == reason::in_progress ? scope::self : scope::host;
    return verdict_by_fact(status::transient, why, whose, "not every host was asked");
}

}  // namespace

void aggregate::add(finding f, rank host) {
    settled_ = f.then == next_step::stop;
    if (f.then == next_step::one_more_host) ++deferred_;
    rule(f.answer, {.backup_answered = settled_ && host == rank::backup});
    findings_.push_back(std::move(f.answer));
}

verification aggregate::weightiest() const {
    if (settled_) return findings_.back();
    // Where nobody was reached, a fault of our own explains it, and the operator should read of that one.
    auto const own = std::ranges::find_if(findings_, is_own_fault);
    auto const was_reached = [](verification const& v) { return !is_connect_failure(v) && !is_own_fault(v); };
    if (own != findings_.end() && std::ranges::none_of(findings_, was_reached)) return *own;
    std::vector<verification const*> transient;
    for (auto const& v : findings_) {
        if (v.status == status::transient) transient.push_back(&v);
    }
    if (!transient.empty())
        return **std::ranges::min_element(transient, softer, [](auto* v) -> auto& { return *v; });
    auto const error = std::ranges::find(findings_, status::error, &verification::status);
    if (error != findings_.end()) return *error;
    if (left_out_) return without_all_hosts(*left_out_);
    return *std::ranges::min_element(findings_, std::less(), unanimity_of);
}

verification aggregate::verdict() const {
    auto verdict = weightiest();
    bool const several = findings_.size() > 1;
    rule(verdict, {.nobody_was_reached = several && std::ranges::all_of(findings_, is_connect_failure)});
    if (!findings_.empty()) verdict.poll = findings_.back().poll;
    verdict.rejects_null = std::ranges::any_of(findings_, &verification::rejects_null);
    return verdict;
}

}  // namespace callout::core
