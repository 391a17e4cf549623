#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "callout/options.hpp"
#include "callout/system.hpp"
#include "config/domain_list.hpp"
#include "config/problem.hpp"
#include "config/units.hpp"
#include "milterproto/socket_spec.hpp"

namespace callout::core {
class callout_server_options;
}

namespace milterproto {
class listener_options;
class server_options;
}  // namespace milterproto

namespace vouchd {

enum class mode { monitor, enforce };
std::string_view to_string(mode what) noexcept;
enum class check_at { first_rcpt, mail };
enum class on_error { accept, tempfail };
enum class backend { memory, sqlite };
enum class log_target { standard_error, file };
enum class log_level { trace, debug, info, warn, error };
/// Whose times a client of the callout server gets.
enum class patience { soft, hard };
enum class ip_version { v4, v6 };
/// Which questions also ask whether a host takes every recipient: a second, invalid RCPT each time.
enum class catch_all_probe { never, reports, always };

/// Octets, so that a size is not taken for a count.
struct octets {
    std::size_t count = 0;
};

/// Where a client of the callout server is: on this machine, or elsewhere.
enum class client_place { near, far };

/// How the cache is kept in a file.
struct store_options {
    std::filesystem::path file;
    std::chrono::milliseconds flush_interval;
    std::size_t max_entries;
};

/// The configuration in force; daemon.md 3.2 says what each key means. Defaults are these initialisers.
class config {
public:
    static constexpr auto default_socket_group = "postfix";

    struct server_section {
        vouchd::mode mode = vouchd::mode::monitor;
        std::string hostname;
        std::string state_dir = "/var/lib/vouchd";
        std::chrono::milliseconds drain_timeout{60'000};
    } server;

    struct milter_section {
        std::vector<milterproto::socket_spec> listen;
        std::string socket_mode = "0660";
        std::string socket_group = default_socket_group;
        std::vector<callout::network> allow_clients;
        std::size_t max_connections = 1000;
        std::chrono::milliseconds negotiate_timeout{10'000};
        std::chrono::milliseconds packet_timeout{30'000};
        std::chrono::milliseconds idle_timeout{7'210'000};
        octets max_packet{64 * 1024};
        std::chrono::milliseconds reply_budget{8'000};
        check_at sender_check_at = check_at::first_rcpt;
        vouchd::on_error on_error = vouchd::on_error::accept;
        std::string callout_url;
    } milter;

    struct callout_section {
        std::string source_ipv4;
        std::string source_ipv6;
        std::vector<ip_version> ip_versions{ip_version::v4, ip_version::v6};
        std::size_t port = 25;
        std::string helo;
        std::vector<std::string> mail_from{"<>"};
        std::size_t max_mx = 5;
        std::size_t max_addresses_per_mx = 3;
        octets max_reply_line{2 * 1024};
        std::size_t max_reply_lines = 64;
        octets max_session_bytes{64 * 1024};
        callout::tls_use starttls = callout::tls_use::ondemand;
        callout::tls_version tls_min_version = callout::tls_version::v1_2;
        bool reuse_sessions = true;
        std::size_t max_rcpt_per_session = 10;
        std::chrono::milliseconds session_idle{5'000};
        callout::politeness_limits limits;
        callout::phase_timeouts soft;
        callout::phase_timeouts hard = callout::patient_timeouts;
        std::chrono::milliseconds hard_total{std::chrono::minutes(10)};
        catch_all_probe probe = catch_all_probe::reports;
        std::size_t local_part_length = 16;
        std::chrono::milliseconds catch_all_ttl{std::chrono::days(1)};
    } callout;

    struct destinations_section {
        bool deny_special_purpose = true;
        bool deny_own_addresses = true;
        std::vector<callout::network> deny;
        std::vector<callout::network> allow;
        bool allow_address_literals = false;
    } destinations;

    struct dns_section {
        std::vector<boost::asio::ip::udp::endpoint> servers;
        std::chrono::milliseconds timeout{2'000};
        std::size_t tries = 2;
        std::chrono::milliseconds total{5'000};
        std::size_t max_cname = 8;
        std::chrono::milliseconds min_ttl{30'000};
        std::chrono::milliseconds max_ttl{86'400'000};
        std::chrono::milliseconds negative_ttl{300'000};
        std::size_t cache_entries = 50'000;
        bool implicit_mx = true;
    } dns;

    struct cache_section {
        vouchd::backend backend = vouchd::backend::sqlite;
        std::string path = "cache.db";
        std::size_t max_entries = 1'000'000;
        std::size_t memory_entries = 100'000;
        std::chrono::milliseconds positive_ttl{std::chrono::days(7)};
        std::chrono::milliseconds positive_refresh{std::chrono::days(1)};
        std::chrono::milliseconds negative_ttl{std::chrono::hours(1)};
        std::chrono::milliseconds temporary_ttl{std::chrono::minutes(5)};
        std::chrono::milliseconds policy_block_ttl{std::chrono::minutes(30)};
        std::chrono::milliseconds domain_negative_ttl{std::chrono::hours(3)};
        std::size_t jitter = 10;
        bool fold_local_part_case = false;
        std::chrono::milliseconds flush_interval{1'000};
    } cache;

    struct callout_server_section {
        bool enabled = false;
        std::vector<milterproto::socket_spec> listen;
        std::vector<callout::network> allow_clients;
        std::size_t max_connections = 100;
        octets max_line{4 * 1024};
        std::size_t max_queue_per_session = 100;
        std::chrono::milliseconds idle_timeout{600'000};
        bool allow_host_parameter = false;
        patience timeouts = patience::hard;
        std::string default_url = "local:";
    } callout_server;

    struct lists_section {
        domain_list local_domains;
        std::vector<callout::network> own_networks;
        domain_list never_verify;
    } lists;

    struct log_section {
        log_target target = log_target::standard_error;
        log_level level = log_level::info;
        std::string file = "/var/log/vouchd/vouchd.log";
        std::size_t max_value = 256;
    } log;

    struct control_section {
        std::optional<milterproto::socket_spec> listen;
        std::string socket_mode = "0660";
    } control;

    config();

    /// Where a key was set, by its path; absent: the default is in force.
    std::map<std::string, place, std::less<>> origins;

    std::filesystem::path cache_file() const;
    std::string helo_name() const;
    /// What default_callout_server_url() answers.
    std::string const& default_callout_server_url() const;

    // what the values mean to each part (config_options.cpp)
    callout::engine_options engine_options() const;
    callout::resolver_options resolver_options() const;
    /// Nothing where the cache is kept in memory alone.
    std::optional<vouchd::store_options> store_options() const;
    milterproto::server_options milter_options() const;
    milterproto::listener_options callout_listener_options() const;
    callout::core::callout_server_options callout_session_options(client_place client) const;
    milterproto::listener_options control_listener_options() const;
};

/// A configuration together with all that was wrong with it.
struct loaded_config {
    config values;
    std::vector<problem> problems;
};

/// Reads and checks a file. It opens no socket, writes nothing and resolves no name.
loaded_config load_config(std::filesystem::path const& file);
/// The same for text, which `name` stands for in messages.
loaded_config load_config_text(std::string_view text, std::string const& name);

enum class print_what { all, differing, defaults };
/// TOML with the origin of each value as a comment; loaded again, it gives the same configuration.
std::string print_config(config const& values, print_what what);
/// The same as JSON.
std::string print_config_json(config const& values, print_what what);

}  // namespace vouchd
