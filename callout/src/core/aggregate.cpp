#include "callout/core/aggregate.hpp"

#include <algorithm>
#include <array>

#include "callout/core/synthetic.hpp"

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

std::ptrdiff_t softness_of(verification const& v) {
    auto const listed = std::ranges::find(softness, v.reason);
    auto const place = listed == softness.end() ? std::ranges::find(softness, reason::temporary) : listed;
    return place - softness.begin();
}

bool is_connect_failure(verification const& v) {
    return v.reason == reason::refused || v.reason == reason::unreachable;
}

bool softer(verification const& a, verification const& b) {
    return softness_of(a) < softness_of(b);
}

}  // namespace

void aggregate::add(finding f, rank host) {
    settled_ = f.then == next_step::stop;
    if (settled_ && host == rank::backup && f.answer.status == status::pass) {
        f.answer.strength = strength::weak;  // a secondary takes much that the primary would refuse
        f.answer.reason = reason::via_backup;
    }
    findings_.push_back(std::move(f.answer));
}

verification const& aggregate::weightiest() const {
    if (settled_) return findings_.back();
    std::vector<verification const*> transient;
    for (auto const& v : findings_) {
        if (v.status == status::transient) transient.push_back(&v);
    }
    if (!transient.empty())
        return **std::ranges::min_element(transient, softer, [](auto* v) -> auto& { return *v; });
    auto const error = std::ranges::find(findings_, status::error, &verification::status);
    return error == findings_.end() ? findings_.front() : *error;
}

verification aggregate::verdict() const {
    auto verdict = weightiest();
    if (findings_.size() > 1 && std::ranges::all_of(findings_, is_connect_failure)) {
        verdict.reason = reason::unreachable;
    }
    verdict.poll = findings_.back().poll;
    verdict.rejects_null = std::ranges::any_of(findings_, &verification::rejects_null);
    return verdict;
}

}  // namespace callout::core
