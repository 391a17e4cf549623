#pragma once

#include <memory>

#include "callout/core/dns_memory.hpp"
#include "callout/resolver.hpp"

namespace callout {

/// A resolver that remembers what the one behind it said. A question that is under way when this ends may
/// still be answered: it owns what it needs, but for the clock and the resolver, which are the world's.
class remembered_dns final : public resolver {
public:
    remembered_dns(resolver& behind, callout::clock& clock, std::size_t most)
        : behind_(behind), clock_(clock), memory_(std::make_shared<core::dns_memory>(most)) {}

    boost::asio::awaitable<dns_answer> query(std::string name, record_type type, steady_time until) override {
        return ask(behind_, clock_, memory_, std::move(name), type, until);
    }

private:
    using shared_memory = std::shared_ptr<core::dns_memory>;

    static boost::asio::awaitable<dns_answer> ask(resolver& behind, callout::clock& clock,
                                                  shared_memory memory, std::string name, record_type type,
                                                  steady_time until) {
        auto known = memory->find(name, type, clock.now());
        if (known) co_return *std::move(known);
        auto answer = co_await behind.query(name, type, until);
        memory->put(name, type, answer, clock.now());
        co_return std::move(answer);
    }

    resolver& behind_;
    callout::clock& clock_;
    shared_memory memory_;
};

}  // namespace callout
