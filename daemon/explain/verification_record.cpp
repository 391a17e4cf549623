#include "explain/verification_record.hpp"

namespace vouchd {

namespace {

void record_verdict(described_verdict const& verdict, verification_record& into) {
    constexpr double milliseconds_in_a_second = 1000;
    into.result = verdict.result;
    into.reason = verdict.reason;
    into.code = verdict.code;
    into.enhanced = verdict.enhanced;
    into.reply = verdict.message;
    into.mx = verdict.mx;
    into.ip = verdict.ip;
    into.cached = verdict.cached;
    into.age_s = verdict.age_s;
    into.kept_until = verdict.kept_until;
    into.said_to_another = verdict.said_to_another;
    into.duration_s = static_cast<double>(verdict.duration_ms) / milliseconds_in_a_second;
    into.catch_all = verdict.catch_all;
}

}  // namespace

verification_record record_of(std::string const& written, explanation const& what) {
    verification_record record;
    record.address = written;
    if (what.address) record.normalized = what.address->normalized;
    if (what.verdict) record_verdict(*what.verdict, record);
    record.phase = "soft";
    record.error = what.error;
    return record;
}

}  // namespace vouchd
