#include "policy/described.hpp"

#include "callout/verdict_word.hpp"
#include "policy/provenance.hpp"

namespace vouchd {

namespace {

std::optional<bool> certainty(callout::known what) {
    if (what == callout::known::unknown) return std::nullopt;
    return what == callout::known::yes;
}

void describe_reply(callout::core::reply const& reply, described_verdict& into) {
    into.code = reply.code;
    if (reply.enhanced) into.enhanced = reply.enhanced->to_string();
}

void describe_memory(callout::verification const& verified, described_verdict& into) {
    into.kept_for = to_string(verified.kept_for);
    if (verified.kept_until) into.kept_until = timestamp(*verified.kept_until);
    into.said_to_another = verified.said_to_another;
    into.unconfirmed = verified.unconfirmed;
}

}  // namespace

described_verdict described(callout::verification const& verified) {
    described_verdict verdict;
    verdict.result = to_string(callout::word_of(verified));
    verdict.status = to_string(verified.status);
    verdict.reason = to_string(verified.reason);
    verdict.scope = to_string(verified.scope);
    verdict.strength = to_string(verified.strength);
    verdict.message = verified.message;
    verdict.mx = verified.host;
    verdict.ip = verified.ip;
    if (verified.reply) describe_reply(*verified.reply, verdict);
    if (verified.retry_after) verdict.retry_after_s = verified.retry_after->count();
    verdict.catch_all = certainty(verified.catch_all);
    verdict.cached = verified.cached != callout::freshness::live;
    verdict.age_s = verified.age.count();
    if (verdict.cached) describe_memory(verified, verdict);
    verdict.duration_ms = verified.elapsed.count();
    return verdict;
}

described_verdict described(callout::verification const& verified, subject const& sender) {
    auto verdict = described(verified);
    if (verdict.cached) verdict.provenance = provenance(verified, sender);
    return verdict;
}

}  // namespace vouchd
