// What a name server sends. The first byte chooses the question; the rest is the message. Whatever the bytes
// are, the answer and the steps to it stay within bounds, and the rest of the engine can work with it.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "core/dns_limits.hpp"
#include "core/dns_wire.hpp"
#include "core/plan.hpp"
#include "system/dns_message.hpp"

namespace {

using namespace callout;

void require(bool condition) {
    if (!condition) std::abort();
}

class even_chance final : public callout::random {
public:
    std::uint64_t next() noexcept override { return state_ = state_ * 6364136223846793005u + 1; }

private:
    std::uint64_t state_ = 1;
};

bool can_be_host(std::string_view name) {
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
    return name.size() <= 253 && name.find_first_not_of(allowed) == std::string_view::npos;
}

void check(dns_reading const& reading, record_type asked, resolver_options const& options) {
    auto const& a = reading.answer;
    bool const records = !a.exchanges.empty() || !a.addresses.empty() || a.left_out > 0;
    require(a.ok() ? records : a.exchanges.empty() && a.addresses.empty());
    require(a.exchanges.empty() || asked == record_type::mx);
    require(a.exchanges.size() <= core::most_exchanges && a.addresses.size() <= core::most_addresses);
    require(std::ranges::is_sorted(a.exchanges, {}, &mx_record::preference));
    require(can_be_host(a.name));
    require(!a.ok() || (a.ttl >= options.min_ttl && a.ttl <= options.max_ttl));
    require(a.ttl >= std::chrono::seconds::zero() && a.ttl <= options.max_ttl);
    require(!reading.continue_at || !a.ok());
    for (auto const& one : a.addresses) require(one.is_v4() == (asked == record_type::a));
    for (auto const& one : a.exchanges) require(can_be_host(one.exchange));
}

void check_plan(dns_answer const& mx) {
    engine_options const options;
    core::brief const what(request(mailbox::parse("ann@example.org").value()), options);
    even_chance chance;
    auto const plan = core::plan_hosts(what, &mx, options, chance);
    require(plan.hosts.size() <= options.max_mx);
    require((plan.verdict != nullptr) == plan.hosts.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    constexpr record_type types[] = {record_type::mx, record_type::a, record_type::aaaa};
    if (size == 0) return 0;
    resolver_options const options;
    auto const asked = types[data[0] % 3];
    auto const reading = read_dns_message(std::span(data + 1, size - 1), "example.org", asked, options);
    require(reading.steps <= core::dns_wire::most_steps(size));
    check(reading, asked, options);
    if (asked == record_type::mx) check_plan(reading.answer);
    return 0;
}
