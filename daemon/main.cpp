#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "commands/commands.hpp"
#include "commands/query_client.hpp"
#include "explain/exit_status.hpp"

namespace {

using namespace vouchd;

constexpr auto default_file = "/etc/vouchd/vouchd.toml";

/// What is done with warnings about a configuration that works: a person who runs `explain` does not want to
/// read them each time.
enum class warnings_are { hidden, remarks, errors };

struct command_line;
using command = int (*)(config const&, command_line);

/// What the command line says, before a configuration is read.
struct command_line {
    command chosen = nullptr;
    std::string file;
    warnings_are warnings = warnings_are::hidden;
    print_what printed = print_what::all;
    bool json = false;
    bool standalone = false;
    bool no_store = false;
    std::string source = "auto";
    explain_options explained;
    reply_options replied;
    verify_options verified;
    ask_options asked;
    std::string deleted;
};

/// Loads the file and prints what is wrong with it. Returns nothing if it cannot be used.
std::optional<config> load(command_line const& line) {
    auto loaded = load_config(line.file);
    bool const fatal =
        any_error(loaded.problems) || (line.warnings == warnings_are::errors && !loaded.problems.empty());
    if (fatal || line.warnings != warnings_are::hidden) std::cerr << report(loaded.problems);
    if (fatal) return std::nullopt;
    return std::move(loaded.values);
}

callout::cache_use cache_of(command_line const& line) {
    if (line.no_store) return callout::cache_use::none;
    if (line.source == "cache") return callout::cache_use::only;
    return line.source == "live" ? callout::cache_use::refresh : callout::cache_use::normal;
}

int run_print(config const& values, command_line line) {
    std::cout << (line.json ? print_config_json(values, line.printed) + '\n'
                            : print_config(values, line.printed));
    return exit_status::success;
}

int run_explain(config const& values, command_line line) {
    line.replied.address = line.explained.query.address;
    line.replied.format = line.json ? format::json : format::text;
    if (!line.replied.reply.empty()) return explain_reply(values, line.replied);
    line.explained.query.cache = cache_of(line);
    line.explained.whom = line.standalone ? answered_by::standalone : answered_by::daemon;
    line.explained.format = line.json ? format::json : format::text;
    return explain(values, line.explained);
}

int run_verify(config const& values, command_line line) {
    line.verified.whom = line.standalone ? answered_by::standalone : answered_by::daemon;
    line.verified.format = line.json ? format::json : format::text;
    return verify(values, line.verified);
}

int run_ask(config const& values, command_line line) {
    line.asked.format = line.json ? format::json : format::text;
    return ask(values, line.asked);
}

int run_cache_delete(config const& values, command_line line) {
    return delete_from_cache(values, line.deleted);
}

int run_status(config const& values, command_line line) {
    return status(values, line.json ? format::json : format::text);
}

int run_check(config const&, command_line) {
    std::cerr << "the configuration is valid\n";
    return exit_status::success;
}

int run_serve(config const& values, command_line) {
    return serve(values);
}

/// Returns STATUS, or that of an error if the output was not written: a full disk must not look like an
/// answer.
int unless_unwritten(int status) {
    std::cout.flush();
    if (std::cout) return status;
    std::cerr << "vouchd: the output could not be written, or not all of it (is the disk full?)\n";
    return exit_status::input_output;
}

// ---- what the command line may say ----

CLI::App* add(CLI::App& app, command_line& line, char const* name, char const* what, command does) {
    auto* const sub = app.add_subcommand(name, what);
    sub->fallthrough();  // -c may come after the command, too
    sub->callback([&line, does] {
        line.chosen = does;
        bool const looks = does == run_serve || does == run_check;
        if (looks && line.warnings == warnings_are::hidden) line.warnings = warnings_are::remarks;
    });
    return sub;
}

void add_query_options(CLI::App& sub, command_line& line) {
    sub.add_flag("--json", line.json, "print JSON");
    sub.add_flag("--standalone", line.standalone,
                 "ask an engine of the command's own, not the running daemon");
}

void add_check(CLI::App& app, command_line& line) {
    auto* const check =
        add(app, line, "check", "read the configuration and say what is wrong with it", run_check);
    check->add_flag_callback(
        "--strict", [&line] { line.warnings = warnings_are::errors; }, "warnings are errors");
}

void add_print_config(CLI::App& app, command_line& line) {
    auto* const print = add(app, line, "print-config",
                            "print the configuration in force, with the origin of each value", run_print);
    print->add_flag("--json", line.json, "print JSON");
    auto* const differing = print->add_flag_callback(
        "--diff", [&line] { line.printed = print_what::differing; }, "only what differs from the defaults");
    print->add_flag_callback(
             "--defaults", [&line] { line.printed = print_what::defaults; }, "the defaults")
        ->excludes(differing);
}

std::string objection_to_address(std::string const& text) {
    boost::system::error_code bad;
    boost::asio::ip::make_address(text, bad);
    return bad ? text + " is not a valid IP address (write 192.0.2.1 or 2001:db8::1)" : std::string();
}

void add_explain(CLI::App& app, command_line& line) {
    auto* const explain = add(app, line, "explain", "explain the verdict on an address", run_explain);
    auto& query = line.explained.query;
    auto* const subject = explain->add_option_group("subject", "an address, a past decision, or a reply");
    auto* const address = subject->add_option("ADDRESS", query.address, "the sender");
    auto* const logged =
        subject->add_option("--logged", line.explained.logged,
                            "a message that the daemon decided about, by its id or its queue id in the log");
    subject->add_option("--reply", line.replied.reply,
                        "what a reply of a mail server means, such as \"550 5.1.1 no such user\"");
    subject->require_option(1, 2);
    logged->excludes(address);
    auto* const reply = subject->get_option("--reply");
    reply->excludes(logged);
    explain->add_option("--host", line.replied.host, "the server that gave the reply")->needs(reply);
    explain->add_option("--at", line.replied.at, "what it answered: greeting, mail, rcpt")
        ->check(CLI::IsMember({"greeting", "mail", "rcpt"}))
        ->default_val("rcpt")
        ->needs(reply);
    explain->add_option("--client", query.client, "the SMTP client's address")
        ->check(CLI::Validator(objection_to_address, "IP"));
    explain->add_option("--recipient", query.recipient, "the recipient of the message");
    explain->add_flag("--authenticated", query.authenticated, "as if the client had authenticated");
    explain->add_option("--source", line.source, "where the answer comes from: auto, cache or live")
        ->check(CLI::IsMember({"auto", "cache", "live"}))
        ->default_val("auto");
    explain->add_flag("--no-store", line.no_store, "neither read nor write the cache");
    add_query_options(*explain, line);
}

void add_verify(CLI::App& app, command_line& line) {
    auto* const verify = add(app, line, "verify", "verify addresses, one on each line", run_verify);
    verify->add_option("FILE", line.verified.file, "one address on each line; - is standard input")
        ->default_val("-");
    verify->add_option("--jobs", line.verified.jobs, "how many addresses are verified at the same time")
        ->check(CLI::Range(1, 256))
        ->default_val(16);
    verify->add_flag("--quiet", line.verified.quiet, "no summary on stderr");
    add_query_options(*verify, line);
}

void add_cache(CLI::App& app, command_line& line) {
    auto* const cache = app.add_subcommand("cache", "what the running daemon remembers");
    cache->fallthrough();
    cache->require_subcommand(1);
    auto* const erase =
        add(*cache, line, "delete", "forget what is known of an address, or what keeps us away from a server",
            run_cache_delete);
    erase->add_option("WHAT", line.deleted, "an address, or a server by its name or its IP address")
        ->required();
}

void add_status(CLI::App& app, command_line& line) {
    auto* const status =
        add(app, line, "status",
            "how late the running daemon's loop is, and how full what strangers can fill", run_status);
    status->add_flag("--json", line.json, "print JSON");
}

void add_ask(CLI::App& app, command_line& line) {
    auto* const ask =
        add(app, line, "ask", "ask a callout server about one address, by Mailfromd's protocol", run_ask);
    ask->add_option("URL", line.asked.url,
                    "unix:///path or inet://HOST:PORT; local: for an engine of the command's own, - for the "
                    "default server")
        ->required();
    ask->add_option("ADDRESS", line.asked.address, "the address")->required();
    ask->add_option("NAME=VALUE", line.asked.parameters, "MODE, HOST, EHLO, MAILFROM, STARTTLS");
    ask->add_flag("--json", line.json, "print JSON");
}

int run(command_line const& line) {
    try {
        // A person who has no file yet wants to see the defaults, and what a reply means by them.
        bool const has_file = line.file != default_file || std::filesystem::exists(default_file);
        bool const reads_reply = !line.replied.reply.empty() && !has_file;
        bool const shows_defaults = line.chosen == run_print && line.printed == print_what::defaults;
        bool const is_local = line.chosen == run_ask && !needs_configuration(line.asked);
        std::optional<config> const values =
            shows_defaults || is_local || reads_reply ? config() : load(line);
        if (!values) return exit_status::configuration;
        return unless_unwritten(line.chosen(*values, line));
    } catch (unavailable const& why) {
        std::cerr << "vouchd: " << why.what() << '\n';
        return exit_status::unavailable;
    } catch (std::exception const& fault) {
        std::cerr << "vouchd: " << fault.what() << '\n';
        return exit_status::internal;
    }
}

}  // namespace

int main(int argc, char** argv) {
    command_line line;
    CLI::App app("Verifies mail addresses by SMTP callout, as a milter.", "vouchd");
    app.set_version_flag("--version", "vouchd " VOUCH_VERSION);
    app.require_subcommand(1);
    app.add_option("-c", line.file, "configuration file")
        ->envname("VOUCHD_CONFIG")
        ->default_val(default_file);
    add(app, line, "serve", "run in the foreground", run_serve);
    add_check(app, line);
    add_print_config(app, line);
    add_explain(app, line);
    add_verify(app, line);
    add_ask(app, line);
    add_cache(app, line);
    add_status(app, line);
    try {
        app.parse(argc, argv);
    } catch (CLI::RequiredError const& missing) {
        // A word that is not a command is named in the error.
        auto const unknown = app.remaining();
        bool const is_unknown = app.get_subcommands().empty() && !unknown.empty();
        is_unknown ? app.exit(CLI::ExtrasError(unknown)) : app.exit(missing);
        return exit_status::usage;
    } catch (CLI::ParseError const& wrong) {
        // Help and version are "errors" of status 0.
        return app.exit(wrong) == 0 ? exit_status::success : exit_status::usage;
    }
    return run(line);
}
