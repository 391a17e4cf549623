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

/// Any transient verdict is softer than one that is not.
bool softer(verification const& a, verification const& b) {
    auto const rank = [](verification const& v) {
        return std::pair(v.status != status::transient, softness_of(v));
    };
    return rank(a) < rank(b);
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

verification aggregate::weightiest() {
    if (settled_) return std::move(findings_.back());
    // Where nobody was reached, a fault of our own explains it, and the operator should read of that one.
    auto const own = std::ranges::find_if(findings_, is_own_fault);
    auto const was_reached = [](verification const& v) { return !is_connect_failure(v) && !is_own_fault(v); };
    if (own != findings_.end() && std::ranges::none_of(findings_, was_reached)) return std::move(*own);
    auto const softest = std::ranges::min_element(findings_, softer);
    if (softest != findings_.end() && softest->status == status::transient) return std::move(*softest);
    auto const error = std::ranges::find(findings_, status::error, &verification::status);
    if (error != findings_.end()) return std::move(*error);
    if (left_out_) return without_all_hosts(*left_out_);
    return std::move(*std::ranges::min_element(findings_, std::less(), unanimity_of));
}

verification aggregate::take_verdict() {
    bool const is_of_several = findings_.size() > 1;
    bool const nobody_was_reached = is_of_several && std::ranges::all_of(findings_, is_connect_failure);
    bool const rejects_null = std::ranges::any_of(findings_, &verification::rejects_null);
    auto last = findings_.empty() ? poll() : std::move(findings_.back().poll);
    auto verdict = weightiest();
    rule(verdict, {.nobody_was_reached = nobody_was_reached});
    if (!findings_.empty()) verdict.poll = std::move(last);
    verdict.rejects_null = rejects_null;
    return verdict;
}

}  // namespace callout::core
