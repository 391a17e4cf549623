#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "callout/doors/resolver.hpp"
#include "callout/testing/virtual_clock.hpp"

namespace callout::testing {

/// An answer, and how long it takes. Without a delay nothing is ever answered, and the question times out.
class timed_answer {
public:
    explicit timed_answer(callout::dns_answer what,
                          std::optional<std::chrono::nanoseconds> after = std::chrono::nanoseconds(0))
        : answer(std::move(what)), delay(after) {}
    callout::dns_answer answer;
    std::optional<std::chrono::nanoseconds> delay;
};

/// The domain name system in memory: records of names, and what goes wrong with them. A name that never had a
/// record does not exist. Names are in lower case, without a final dot.
class zone final : public callout::resolver {
public:
    using name_server = std::function<timed_answer(std::string const& name, callout::record_type type)>;

    explicit zone(virtual_clock& clock) : clock_(clock) {}
    zone(zone const&) = delete;

    /// Adds a mail exchange. An empty one is the root: the null MX of RFC 7505.
    void mx(std::string const& name, std::uint16_t preference, std::string exchange);
    /// Adds an address, whose form says whether it is an A or an AAAA record.
    void address(std::string const& name, std::string_view text);
    /// Makes a name an alias of another (CNAME). What is asked about it is answered from that one.
    void alias(std::string const& name, std::string canonical);
    /// Makes every question for this name and type end so. `timed_out` takes as long as the asker waits.
    void fails(std::string const& name, callout::record_type type, callout::dns_outcome how);
    /// Makes answers about this name take so long, or hold so long, instead of `delay` and `ttl`.
    void set_delay(std::string const& name, std::chrono::milliseconds time) { delays_[name] = time; }
    void set_ttl(std::string const& name, std::chrono::seconds time) { ttls_[name] = time; }
    /// Removes the records of a name, which still exists.
    void forget(std::string const& name);
    /// Leaves questions about all other names to a function.
    void otherwise(name_server answers) { otherwise_ = std::move(answers); }

    boost::asio::awaitable<callout::dns_answer> query(std::string name, callout::record_type type,
                                                      callout::steady_time until) override;

    std::vector<std::pair<std::string, callout::record_type>> asked;  ///< in order
    std::chrono::seconds ttl = std::chrono::hours(24);                ///< of every answer
    std::chrono::milliseconds delay{0};                               ///< of every answer

private:
    timed_answer look_up(std::string const& name, callout::record_type type) const;
    callout::dns_answer find(std::string const& name, callout::record_type type) const;

    virtual_clock& clock_;
    std::map<std::pair<std::string, callout::record_type>, callout::dns_answer> records_;
    std::map<std::string, std::string> aliases_;
    std::map<std::string, std::chrono::milliseconds> delays_;
    std::map<std::string, std::chrono::seconds> ttls_;
    std::set<std::string> names_;
    name_server otherwise_;
};

}  // namespace callout::testing
