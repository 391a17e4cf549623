// A record from a store, which anybody may have written. It must be a miss, or a record that can be written
// and read again and contains nothing that one of ours could not.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "core/facts.hpp"
#include "core/record.hpp"
#include "core/retention.hpp"

namespace {

using namespace callout;
using namespace callout::core;

void require(bool condition) {
    if (!condition) std::abort();
}

bool is_clean(char c) {
    return c == '\t' || c == '\r' || c == '\n' || (c >= ' ' && c <= '~');
}

void check(kept_verification const& kept) {
    auto const& v = kept.answer;
    for (auto const* text : {&v.message, &v.host, &v.ip}) {
        require(text->size() <= max_record);
        require(std::ranges::all_of(*text, is_clean));
    }
    require(kept.expires >= kept.stored);
    require(!v.retry_after || *v.retry_after <= std::chrono::hours(1));
    require(!v.reply || (v.reply->code >= 200 && v.reply->code <= 599));
    require(!wants_refresh(kept, cache_lifetimes(), kept.stored));
}

void check_return(kept_verification const& kept) {
    auto const line = to_record(kept);
    require(line.size() <= max_record);
    require(line.find('\n') == line.npos && line.find('\r') == line.npos);
    auto const again = from_record(line);
    require(again.has_value());
    require(again->answer.status == kept.answer.status && again->answer.reason == kept.answer.reason);
    require(again->stored == kept.stored && again->expires == kept.expires && again->doubted == kept.doubted);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    if (auto const known = facts::from_record(text)) {
        require(facts::from_record(known->to_record())->to_record() == known->to_record());
    }
    auto const kept = from_record(text);
    if (!kept) return 0;
    check(*kept);
    check_return(*kept);
    return 0;
}
