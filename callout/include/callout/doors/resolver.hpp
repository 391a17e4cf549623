#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "callout/doors/clock.hpp"

namespace callout {

enum class record_type : std::uint16_t { a = 1, cname = 5, mx = 15, aaaa = 28 };

enum class dns_outcome {
    ok,         ///< records of the type asked for, though none of them may be of use
    no_data,    ///< the name exists, the type does not
    no_domain,  ///< NXDOMAIN
    failed,     ///< SERVFAIL, REFUSED, FORMERR, a broken or bogus answer, a CNAME chain that is too long
    timed_out,
};

struct mx_record {
    mx_record(std::uint16_t preference_, std::string exchange_)
        : preference(preference_), exchange(std::move(exchange_)) {}
    std::uint16_t preference;
    std::string exchange;  ///< lower case, without final dot; empty is the root, the null MX of RFC 7505
};

/// The result of one question. It owns memory and travels through coroutines, hence the constructor.
class [[nodiscard]] dns_answer {
public:
    dns_answer() {}
    explicit dns_answer(dns_outcome what, std::string why = {}) : outcome(what), detail(std::move(why)) {}

    bool ok() const noexcept { return outcome == dns_outcome::ok; }

    dns_outcome outcome = dns_outcome::failed;
    std::string detail;  ///< for `failed` and `timed_out`: the cause in words, such as "SERVFAIL"
    std::string name;    ///< the canonical name, at the end of the CNAME chain
    std::vector<mx_record> exchanges;
    std::vector<boost::asio::ip::address> addresses;
    /// Records that are not told: those beyond what is ever used, and exchanges whose name cannot be a
    /// host's.
    std::size_t left_out = 0;
    std::chrono::seconds ttl{0};  ///< the smallest of the chain; the negative TTL for no_data and no_domain
};

/// Asks the domain name system. Names are absolute: no search list is ever used (CO-010).
class resolver {
public:
    virtual ~resolver() = default;
    /// Answers by `until`, with `timed_out` if nothing has come.
    [[nodiscard]] virtual boost::asio::awaitable<dns_answer> query(std::string name, record_type type,
                                                                   steady_time until) = 0;
};

}  // namespace callout
