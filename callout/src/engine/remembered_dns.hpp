#pragma once

#include <map>
#include <memory>

#include "callout/doors/bound_use.hpp"
#include "callout/doors/resolver.hpp"
#include "core/dns_memory.hpp"

namespace callout {

/// A resolver that remembers the answers of another one. Equal questions at the same time are asked once:
/// each asker waits until its own deadline, may leave, and changes nothing for the others. A question that is
/// under way when this ends may still be answered: it owns what it needs, but for the clock and the resolver,
/// which are the world's.
class remembered_dns final : public resolver {
public:
    remembered_dns(resolver& behind, callout::clock& clock, core::dns_memory_bounds most);

    boost::asio::awaitable<dns_answer> query(std::string name, record_type type, steady_time until) override;
    /// Questions that have no answer yet.
    std::size_t under_way() const noexcept;
    /// Adds what strangers can fill here.
    void tell(ledger& to) const;
    /// Answers that are remembered.
    std::size_t size() const noexcept;

private:
    class flight;
    class board;
    using shared_flight = std::shared_ptr<flight>;
    using shared_board = std::shared_ptr<board>;

    static boost::asio::awaitable<dns_answer> ask(resolver& behind, callout::clock& clock, shared_board known,
                                                  std::string name, record_type type, steady_time until);

    resolver& behind_;
    callout::clock& clock_;
    shared_board known_;
};

}  // namespace callout
