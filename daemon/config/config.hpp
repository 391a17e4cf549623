#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "callout/mailfromd/server.hpp"
#include "callout/options.hpp"
#include "callout/system.hpp"
#include "config/domain_list.hpp"
#include "config/problem.hpp"
#include "milterproto/server.hpp"

namespace vouchd {

enum class mode { monitor, enforce };
std::string_view to_string(mode what) noexcept;
enum class check_at { first_rcpt, mail };
enum class on_error { accept, tempfail };
enum class backend { memory, sqlite };
enum class log_target { standard_error, file };
enum class log_level { trace, debug, info, warn, error };
/// Which callouts also test whether the host accepts every recipient, by a second, made-up RCPT.
enum class catch_all_probe { never, reports, always };

/// Where a client of the callout server is: on this machine, or elsewhere.
enum class client_place { near, far };

/// How the cache is kept in a file.
struct store_options {
    std::filesystem::path file;
    std::chrono::milliseconds flush_interval;
    std::size_t max_entries;
};

/// One configuration; daemon.md 3.2 says what each key means. The libraries' own options hold what
/// is theirs, with their defaults; the constructor sets the defaults in which the daemon differs.
class config {
public:
    static constexpr auto default_socket_group = "postfix";

    struct server_section {
        vouchd::mode mode = vouchd::mode::monitor;
        std::optional<callout::helo_name> hostname;
        std::string state_dir = "/var/lib/vouchd";
        std::chrono::milliseconds drain_timeout{60'000};
        std::chrono::milliseconds lag_interval{100};
    } server;

    struct milter_section {
        std::vector<milterproto::socket_spec> listen;
        milterproto::server_options options;
        std::vector<callout::network> allow_clients;
        std::chrono::milliseconds reply_budget{8'000};
        check_at sender_check_at = check_at::first_rcpt;
        vouchd::on_error on_error = vouchd::on_error::accept;
        std::string callout_url;
    } milter;

    /// [callout] and [destinations], and the engine's part of [dns] and [cache].
    callout::engine_options engine;
    callout::resolver_options resolver;  ///< the rest of [dns]

    struct callout_section {
        std::optional<callout::helo_name> helo;
        catch_all_probe probe = catch_all_probe::reports;
    } callout;

    struct cache_section {
        vouchd::backend backend = vouchd::backend::sqlite;
        std::string path = "cache.db";
        std::size_t max_entries = 1'000'000;
        std::chrono::milliseconds flush_interval{1'000};
    } cache;

    struct callout_server_section {
        bool enabled = false;
        std::vector<milterproto::socket_spec> listen;
        std::optional<std::string> socket_group;
        callout::core::callout_server_options session;
        std::vector<callout::network> allow_clients;
        std::size_t max_connections = 100;
        std::chrono::milliseconds idle_timeout{600'000};
        callout::mode timeouts = callout::mode::hard;
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
        milterproto::listener_options options;
    } control;

    config();

    /// Where each key was set, by its path; a key that is not here has its default.
    std::map<std::string, place, std::less<>> origins;

    std::filesystem::path cache_file() const;
    callout::helo_name helo_name() const;
    /// Returns what default_callout_server_url() answers.
    std::string const& default_callout_server_url() const;

    // What depends on the machine or on several sections, computed at each call (options.cpp).
    callout::engine_options engine_options() const;
    /// Returns nothing if the cache is kept in memory alone.
    std::optional<vouchd::store_options> store_options() const;
    milterproto::server_options milter_options() const;
    milterproto::listener_options callout_listener_options() const;
    callout::core::callout_server_options callout_session_options(client_place client) const;
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
/// Returns TOML with the origin of each value as a comment; loaded again, it gives the same configuration.
std::string print_config(config const& values, print_what what);
/// Returns the same as JSON.
std::string print_config_json(config const& values, print_what what);

}  // namespace vouchd
