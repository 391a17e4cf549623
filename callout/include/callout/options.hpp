#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "callout/doors/tls.hpp"
#include "callout/fence.hpp"
#include "callout/helo_name.hpp"
#include "callout/limits.hpp"
#include "callout/mailbox.hpp"
#include "callout/phase_timeouts.hpp"
#include "callout/reply.hpp"
#include "callout/reply_rules.hpp"
#include "callout/request.hpp"

namespace callout {

/// Life times of what is known (daemon.md `[cache]`).
struct cache_lifetimes {
    std::chrono::seconds positive{std::chrono::days(7)};
    std::chrono::seconds positive_refresh{std::chrono::days(1)};  ///< an older pass is asked for again
    std::chrono::seconds weak_positive{std::chrono::days(1)};     ///< smtp-callout.md 6.1
    std::chrono::seconds negative{std::chrono::hours(1)};
    std::chrono::seconds temporary{std::chrono::minutes(5)};
    std::chrono::seconds policy_block{std::chrono::minutes(30)};
    std::chrono::seconds domain_negative{std::chrono::hours(3)};
    std::chrono::seconds catch_all{std::chrono::days(1)};  ///< that a host takes everything, or does not
    unsigned jitter_percent = 10;
};

/// What becomes of a callout that ran out of time although nobody waited for it.
enum class hard_timeout {
    transient,
    not_found,  ///< as Mailfromd has it, although a timeout says nothing of the mailbox
};

/// What an exchange that is an address, where a name must stand, is good for.
enum class mx_ip_literal { ignore, accept };

/// What a domain says whose exchanges are all at home: 127.0.0.1, 0.0.0.0.
enum class loopback_mx {
    error,  ///< nothing, as of any other forbidden target
    fail,   ///< that it wants no mail
};

/// Everything an operator may choose; the daemon fills it from its configuration.
class engine_options {
public:
    engine_options() {}
    std::uint16_t port = 25;
    helo_name helo;
    /// Tried when the null sender is refused (mail_from's second entry).
    std::optional<mailbox> fallback_sender;
    bool prefer_ipv4 = true;  ///< callout.ip_versions
    bool use_ipv4 = true;
    bool use_ipv6 = true;
    std::optional<boost::asio::ip::address> source_ipv4;
    std::optional<boost::asio::ip::address> source_ipv6;
    std::size_t max_mx = 5;
    std::size_t max_addresses_per_mx = 3;
    std::size_t max_connects_soft = 3;  ///< for one question, while somebody waits
    std::size_t max_connects_hard = 6;
    bool implicit_mx = true;
    callout::mx_ip_literal mx_ip_literal = mx_ip_literal::ignore;
    callout::loopback_mx loopback_mx = loopback_mx::error;
    bool allow_address_literals = false;
    std::chrono::milliseconds dns_total{5000};
    std::chrono::milliseconds dns_total_hard{20000};  ///< of `mode::hard`, if it is more
    phase_timeouts soft;
    phase_timeouts hard = patient_timeouts;  ///< of `mode::hard`
    std::chrono::milliseconds hard_total{std::chrono::minutes(10)};
    callout::hard_timeout hard_timeout = hard_timeout::transient;
    politeness_limits limits;
    tls_use tls = tls_use::ondemand;
    tls_version tls_min_version = tls_version::v1_2;
    bool reuse_sessions = true;
    std::size_t max_rcpt_per_session = 10;
    std::chrono::milliseconds session_idle{5000};  ///< how long a session without a question is kept
    callout::reply_rules reply_rules;
    std::map<std::string, route> routes;  ///< by domain, as `mailbox::domain()` gives it (CO-174)
    std::size_t catch_all_local_part_length = 16;
    core::reply_limits reply_limits;
    fence_options destinations;
    cache_lifetimes lifetimes;
    bool fold_local_part_case = false;  ///< in the keys of the cache
    /// How long a question waits for the shared store.
    std::chrono::milliseconds shared_timeout{50};
    std::size_t memory_entries = 100000;
    std::size_t memory_bytes = std::size_t(64) << 20;
    std::size_t dns_cache_entries = 50000;
    std::size_t dns_cache_bytes = std::size_t(16) << 20;  ///< of half a KiB an answer, at worst 8

    /// The address of ours that a connection to `to` leaves from; none is the kernel's choice.
    std::optional<boost::asio::ip::address> const& source_for(boost::asio::ip::address const& to) const {
        return to.is_v4() ? source_ipv4 : source_ipv6;
    }
};

}  // namespace callout
