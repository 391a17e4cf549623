#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/udp.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "callout/doors/clock.hpp"
#include "callout/doors/random.hpp"
#include "callout/doors/resolver.hpp"
#include "callout/doors/store.hpp"
#include "callout/doors/stream.hpp"
#include "callout/tls_files.hpp"

/// The real world: sockets, time, chance, c-ares and SQLite, each behind its narrow interface.
namespace callout {

[[nodiscard]] std::unique_ptr<clock> make_system_clock(boost::asio::any_io_executor executor);
/// Its TLS uses the files that can be used: ask `check_tls_files` before.
[[nodiscard]] std::unique_ptr<connector> make_tcp_connector(boost::asio::any_io_executor executor,
                                                            tls_files const& files = tls_files());
[[nodiscard]] std::unique_ptr<random> make_system_random();

class resolver_options {
public:
    resolver_options() {}
    std::vector<boost::asio::ip::udp::endpoint> servers;     ///< they recurse; empty: as resolv.conf says
    std::filesystem::path resolv_conf = "/etc/resolv.conf";  ///< read again when it changes
    std::chrono::milliseconds timeout{2000};                 ///< of one try
    unsigned tries = 2;
    std::size_t max_cname = 8;  ///< links of a chain; a longer one is `dns_outcome::failed`
    // How long an answer is kept, whatever its TTL: at least, at most, and at most if it has no records.
    std::chrono::seconds min_ttl{30};
    std::chrono::seconds max_ttl{std::chrono::days(1)};
    std::chrono::seconds negative_ttl{std::chrono::minutes(5)};
};

/// What the operator of a resolver should know. Each may be empty.
class resolver_news {
public:
    resolver_news() {}
    /// resolv.conf names other servers, or names some again: these are asked from now on.
    std::function<void(std::vector<boost::asio::ip::udp::endpoint> const& servers)> changed;
    /// resolv.conf cannot be read, or names no server any more: the old ones are asked. Called once, until it
    /// names some again.
    std::function<void()> kept;
    /// A server has not answered many questions in a row, nor the one for the root: it is asked once a second
    /// until it answers, and all other questions have timed out at once unless another server answers them.
    std::function<void(std::string const& server)> silent;
    std::function<void(std::string const& server)> answers_again;
};

/// Throws std::runtime_error if c-ares cannot be set up.
[[nodiscard]] std::unique_ptr<resolver> make_cares_resolver(boost::asio::any_io_executor executor,
                                                            resolver_options options,
                                                            resolver_news news = resolver_news());

/// What the operator of a store should know. Each may be empty.
class store_news {
public:
    store_news() {}
    /// A file that was not a database of ours, or was found damaged, has been renamed to `aside`.
    std::function<void(std::filesystem::path const& aside)> recovered;
    /// Nothing can be written from now on. Called once, until everything has been written again; what is
    /// learnt meanwhile waits in memory, which is bounded.
    std::function<void(boost::system::error_code why)> down;
    std::function<void()> up;
    /// `count` records were not written since the last time, because too many waited. Called when there is
    /// room again.
    std::function<void(std::size_t count)> dropped;
};

/// Opens or makes the file. A file that is not a database of ours is renamed, and so is one that turns out to
/// be damaged later; then a new one is made. What cannot be opened or written gives the system's error, or
/// `errc::store_unavailable` where there is none. Beyond `max_entries` records, those that would expire first
/// are removed.
///
/// Two threads read and write, so that the executor waits for no disk. What is `put` is written after
/// `flush_interval`; the end of the store waits until the rest is written.
[[nodiscard]] result<std::unique_ptr<store>> make_sqlite_store(boost::asio::any_io_executor executor,
                                                               std::filesystem::path file,
                                                               std::chrono::milliseconds flush_interval,
                                                               std::size_t max_entries, store_news news);

}  // namespace callout
