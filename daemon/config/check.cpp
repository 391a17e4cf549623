#include "config/check.hpp"

#include <algorithm>
#include <set>

#include "callout/mailfromd/url.hpp"
#include "config/groups.hpp"
#include "config/notation.hpp"
#include "config/units.hpp"

namespace vouchd {

namespace {

using namespace std::chrono_literals;

/// The checks of one configuration; each names the key to which it belongs.
class checker {
public:
    checker(loaded_config& loaded, std::string const& file)
        : loaded_(loaded), c_(loaded.values), file_(file) {}

    void run() {
        fill_in();
        check_server();
        check_milter();
        check_callout_server();
        check_callout();
        check_destinations_and_dns();
        check_cache_and_log();
        check_control();
    }

private:
    void say(severity how, std::string code, std::string_view key, std::string text) {
        auto const origin = c_.origins.find(key);
        auto where = origin != c_.origins.end() ? origin->second : place{file_};
        loaded_.problems.push_back(
            {how, {std::move(code), std::move(text)}, std::string(key), std::move(where)});
    }
    void error(std::string code, std::string_view key, std::string text) {
        say(severity::error, std::move(code), key, std::move(text));
    }
    void warn(std::string code, std::string_view key, std::string text) {
        say(severity::warning, std::move(code), key, std::move(text));
    }

    void fill_in() {
        auto const below_state = [this](char const* name) {
            return milterproto::socket_spec::parse("unix:" + c_.server.state_dir + '/' + name);
        };
        if (!c_.server.state_dir.starts_with('/'))
            return error("E113", "server.state_dir", "must be an absolute path");
        if (auto const socket = below_state("milter.sock"); socket && !c_.origins.contains("milter.listen")) {
            c_.milter.listen = {*socket};
        }
        if (auto const socket = below_state("callout.sock");
            socket && !c_.origins.contains("callout_server.listen")) {
            c_.callout_server.listen = {*socket};
        }
        if (auto const socket = below_state("control.sock");
            socket && !c_.origins.contains("control.listen")) {
            c_.control.listen = *socket;
        }
    }

    void check_server() {
        bool const is_unnamed = !c_.server.hostname && !c_.callout.helo;
        if (is_unnamed && c_.helo_name().text().starts_with('[')) {
            warn("W13", "server.hostname",
                 "the machine has no name with a dot; EHLO says " + c_.helo_name().text());
        }
    }

    void check_milter() {
        auto const& m = c_.milter;
        if (m.listen.empty()) error("E120", "milter.listen", "must name at least one socket");
        for (auto const& socket : m.listen) {
            check_listener("milter.listen", socket);
            if (is_open_to_the_network(socket)) {
                warn("W01", "milter.listen",
                     socket.to_string() + " is open to the network; milter has no authentication");
            }
        }
        check_sockets_differ();
        // A machine without Postfix goes without its group.
        if (m.options.socket_group != config::default_socket_group)
            check_group("milter.socket_group", m.options.socket_group);
        if (m.reply_budget > 28s) {
            warn("W03", "milter.reply_budget", "Postfix waits 30s by default (milter_command_timeout)");
        } else if (m.reply_budget > 9s) {
            warn("W02", "milter.reply_budget", "Sendmail waits 10s by default (T=R)");
        }
        if (m.options.idle_timeout < 310s)
            warn("W04", "milter.idle_timeout", "Postfix keeps idle connections for 300s");
        if (m.sender_check_at == check_at::mail) {
            warn("W06", "milter.sender_check_at",
                 "at MAIL no restriction of the MTA has run yet, so many more callouts are made");
        }
    }

    static bool is_path(milterproto::socket_spec const& socket) {
        return socket.family() == milterproto::socket_spec::kind::unix_path;
    }
    static bool is_open_to_the_network(milterproto::socket_spec const& socket) {
        return !is_path(socket) && !boost::asio::ip::make_address(socket.host()).is_loopback();
    }

    void check_listener(std::string_view key, milterproto::socket_spec const& socket) {
        if (is_path(socket)) check_folder("E120", key, std::filesystem::path(socket.path()).parent_path());
    }

    void check_url(std::string_view key, std::string const& url) {
        auto const parsed = callout::callout_url::parse(url);
        if (!parsed) error("E104", key, parsed.error().text);
    }

    void check_callout_server() {
        auto const& s = c_.callout_server;
        check_url("callout_server.default_url", s.default_url);
        if (!c_.milter.callout_url.empty()) check_url("milter.callout_url", c_.milter.callout_url);
        if (!s.enabled) return;
        if (s.listen.empty()) error("E120", "callout_server.listen", "must name at least one socket");
        check_group("callout_server.socket_group", s.socket_group);
        for (auto const& socket : s.listen) {
            check_listener("callout_server.listen", socket);
            if (is_open_to_the_network(socket) && s.allow_clients.empty()) {
                error("E150", "callout_server.listen",
                      socket.to_string() +
                          " is open to the network, and the protocol has no authentication: name the "
                          "clients that may ask in callout_server.allow_clients");
            }
        }
    }

    void check_folder(std::string code, std::string_view key, std::filesystem::path const& folder) {
        std::error_code ignored;
        if (std::filesystem::is_directory(folder, ignored)) return;
        error(std::move(code), key, folder.string() + " is not a directory (make it first)");
    }

    /// One path cannot be listened on twice.
    void check_sockets_differ() {
        std::set<std::string> taken;
        if (c_.control.listen) taken.insert(c_.control.listen->path());
        auto const take = [&](std::string_view key, auto const& sockets) {
            for (auto const& socket : sockets) {
                if (is_path(socket) && !taken.insert(socket.path()).second) {
                    error("E120", key, socket.to_string() + " is listened on twice");
                }
            }
        };
        take("milter.listen", c_.milter.listen);
        if (c_.callout_server.enabled) take("callout_server.listen", c_.callout_server.listen);
    }

    void check_group(std::string_view key, std::optional<std::string> const& group) {
        if (!group || is_group(*group)) return;
        auto const meant = nearest_group(*group);
        error("E120", key,
              notation::in_quotes(*group) + " is not a group of this machine (" +
                  (meant ? "did you mean " + notation::in_quotes(*meant) + "?"
                         : "make it with groupadd, or choose one that `getent group` lists") +
                  ")");
    }

    void check_callout() {
        auto const& engine = c_.engine;
        if (engine.port != 25)
            warn("W07", "callout.port", "mail servers listen on port 25; another port is for tests");
        struct phase {
            char const* key;
            std::chrono::milliseconds value;
        };
        phase const phases[] = {
            {"callout.soft.connect", engine.soft.connect}, {"callout.soft.greeting", engine.soft.greeting},
            {"callout.soft.helo", engine.soft.helo},       {"callout.soft.mail", engine.soft.mail},
            {"callout.soft.rcpt", engine.soft.rcpt},       {"callout.soft.rset", engine.soft.rset},
            {"callout.soft.quit", engine.soft.quit}};
        for (auto const& one : phases) {
            bool const fits = one.value > 0ms && one.value <= c_.milter.reply_budget;
            // A small budget clips the defaults; a value that was written must make sense.
            if (!fits && c_.origins.contains(one.key)) {
                error("E134", one.key,
                      "must be above 0 and at most milter.reply_budget (" + to_text(c_.milter.reply_budget) +
                          ")");
            }
        }
        check_hard_phases();
        check_limits();
    }

    void check_hard_phases() {
        auto const& h = c_.engine.hard;
        auto const longest = std::max({h.connect, h.greeting, h.helo, h.mail, h.rcpt, h.rset, h.quit});
        auto const shortest = std::min({h.connect, h.greeting, h.helo, h.mail, h.rcpt, h.rset, h.quit});
        if (shortest <= 0ms) error("E135", "callout.hard", "each time must be above 0");
        if (c_.engine.hard_total < longest || c_.engine.hard_total > 1h) {
            error("E135", "callout.hard.total",
                  "must be at least the longest of callout.hard (" + to_text(longest) + ") and at most 1h");
        }
    }

    void check_limits() {
        auto const& limits = c_.engine.limits;
        struct part {
            char const* key;
            std::size_t value;
        };
        part const parts[] = {{"callout.max_parallel_per_domain", limits.max_parallel_per_domain},
                              {"callout.max_parallel_per_address", limits.max_parallel_per_address}};
        for (auto const& one : parts) {
            if (one.value <= limits.max_parallel) continue;
            error("E133", c_.origins.contains(one.key) ? one.key : "callout.max_parallel",
                  std::string(one.key) + " (" + std::to_string(one.value) +
                      ") must not be above callout.max_parallel (" + std::to_string(limits.max_parallel) +
                      ")");
        }
    }

    void check_destinations_and_dns() {
        auto const loopback = boost::asio::ip::make_address("127.0.0.1");
        auto const elsewhere = boost::asio::ip::make_address("198.51.100.1");
        for (auto const& network : c_.engine.destinations.allow) {
            if (network.contains(elsewhere) || network.contains(loopback)) {
                warn("W10", "destinations.allow",
                     network.to_string() + " lets a stranger's zone steer callouts to this machine");
            }
        }
        for (auto const& server : c_.resolver.servers) {
            if (!server.address().is_loopback()) {
                warn("W11", "dns.servers",
                     "answers from " + server.address().to_string() +
                         " are easier to forge than a local resolver's");
            }
        }
        if (c_.resolver.min_ttl > c_.resolver.max_ttl)
            error("E104", "dns.min_ttl", "must not be above dns.max_ttl");
    }

    void check_cache_and_log() {
        auto const& lifetimes = c_.engine.lifetimes;
        if (lifetimes.positive_refresh >= lifetimes.positive) {
            error("E140",
                  c_.origins.contains("cache.positive_refresh") ? "cache.positive_refresh"
                                                                : "cache.positive_ttl",
                  "cache.positive_refresh (" + to_text(lifetimes.positive_refresh) +
                      ") must be below cache.positive_ttl (" + to_text(lifetimes.positive) + ")");
        }
        if (c_.cache.path.empty()) error("E104", "cache.path", "must name a file");
        bool const keeps_state = c_.cache.backend == backend::sqlite;
        if (keeps_state) check_folder("E113", "server.state_dir", c_.cache_file().parent_path());
        if (c_.log.target == log_target::file && !c_.log.file.starts_with('/')) {
            error("E180", "log.file", "must be an absolute path");
        } else if (c_.log.target == log_target::file) {
            check_folder("E180", "log.file", std::filesystem::path(c_.log.file).parent_path());
        }
    }

    void check_control() {
        check_group("control.socket_group", c_.control.options.socket_group);
        auto const& control = c_.control.listen;
        if (control && control->family() != milterproto::socket_spec::kind::unix_path) {
            error("E120", "control.listen", "must be a unix socket: its file mode is the access control");
        } else if (control) {
            check_folder("E120", "control.listen", std::filesystem::path(control->path()).parent_path());
        }
    }

    loaded_config& loaded_;
    config& c_;
    std::string const& file_;
};

}  // namespace

void check_config(loaded_config& loaded, std::string const& file) {
    checker(loaded, file).run();
}

}  // namespace vouchd
