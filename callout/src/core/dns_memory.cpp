#include "core/dns_memory.hpp"

#include "core/heap_use.hpp"

namespace callout::core {
namespace {

/// What the nodes of the list and of the index hold besides the entry and the question.
constexpr std::size_t nodes_of_answer = 2 * block_overhead + 6 * sizeof(void*);

bool is_kept(dns_answer const& a) {
    return a.outcome != dns_outcome::failed && a.outcome != dns_outcome::timed_out &&
           a.ttl > std::chrono::seconds::zero();
}

}  // namespace

std::optional<dns_answer> dns_memory::find(std::string const& name, record_type type, steady_time now) {
    question const asked(name, type);
    auto const* known = known_.find(asked);
    if (!known) return std::nullopt;
    auto const left = std::chrono::ceil<std::chrono::seconds>(known->expires - now);
    if (left <= std::chrono::seconds::zero()) {
        forget(asked);
        return std::nullopt;
    }
    auto answer = known->answer;
    answer.ttl = left;
    return answer;
}

void dns_memory::put(std::string const& name, record_type type, dns_answer answer, steady_time now) {
    question const asked(name, type);
    forget(asked);
    if (!is_kept(answer)) return;
    auto const bytes = bytes_of(asked, answer);
    if (most_.entries == 0 || bytes > most_.bytes) return;
    while (known_.size() >= most_.entries || bytes_ + bytes > most_.bytes) {
        forget(question(known_.stalest()->first));
    }
    auto const expires = now + answer.ttl;
    known_.put(asked, entry{std::move(answer), expires, bytes});
    bytes_ += bytes;
}

/// The question stands in the list and in the index.
std::size_t dns_memory::bytes_of(question const& asked, dns_answer const& answer) {
    auto all = nodes_of_answer + sizeof(entry) + 2 * (sizeof(question) + heap_of(asked.first));
    all += heap_of(answer.name) + heap_of(answer.detail);
    all += heap_of(answer.exchanges) + heap_of(answer.addresses);
    for (auto const& one : answer.exchanges) all += heap_of(one.exchange);
    return all;
}

void dns_memory::forget(question const& asked) {
    auto const* known = known_.peek(asked);
    if (!known) return;
    bytes_ -= known->bytes;
    known_.erase(asked);
}

}  // namespace callout::core
