#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "callout/doors/resolver.hpp"
#include "callout_clock.hpp"

namespace test {

/// A zone in memory. What it does not hold does not exist.
class callout_resolver final : public callout::resolver {
public:
    explicit callout_resolver(callout_clock& clock) : clock_(clock) {}

    void mx(std::string const& name, std::uint16_t preference, std::string exchange);
    void address(std::string const& name, std::string_view text);
    void forget(std::string const& name);
    void fails(std::string const& name, callout::record_type type, callout::dns_outcome how);

    boost::asio::awaitable<callout::dns_answer> query(std::string name, callout::record_type type,
                                                      callout::steady_time until) override;

    std::vector<std::pair<std::string, callout::record_type>> asked;
    std::chrono::seconds ttl = std::chrono::hours(24);  ///< of every answer
    std::chrono::milliseconds delay{0};                 ///< likewise

private:
    callout::dns_answer find(std::string const& name, callout::record_type type) const;

    callout_clock& clock_;
    std::map<std::pair<std::string, callout::record_type>, callout::dns_answer> zone_;
    std::set<std::string> names_;
};

}  // namespace test
