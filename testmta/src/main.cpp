#include <CLI/CLI.hpp>
#include <exception>
#include <functional>
#include <iostream>

#include "bridge/command.hpp"
#include "filter/command.hpp"
#include "host/exit_status.hpp"
#include "load/command.hpp"
#include "record/command.hpp"
#include "run/command.hpp"
#include "run/coverage_file.hpp"
#include "run/send.hpp"
#include "submit/command.hpp"
#include "world/command.hpp"

namespace {

using namespace testmta;

/// Each subcommand records what to do. It is done only after the whole command line was understood.
class command_line {
public:
    command_line() {
        app_.require_subcommand(1);
        app_.set_version_flag("--version", "testmta " VOUCH_VERSION);
        add_run();
        add_filter();
        add_record();
        add_replay();
        add_check();
        add_cover();
        add_send();
        add_load();
        add_world();
        add_smtp();
        add_submit();
    }

    int run(int count, char** words) {
        try {
            app_.parse(count, words);
        } catch (CLI::RequiredError const& missing) {
            // An unknown command is named in the message, which would otherwise only say that a command is
            // missing.
            auto const unknown = app_.remaining();
            auto const is_unknown = app_.get_subcommands().empty() && !unknown.empty();
            is_unknown ? app_.exit(CLI::ExtrasError(unknown)) : app_.exit(missing);
            return exit_status::usage;
        } catch (CLI::ParseError const& problem) {
            return app_.exit(problem) == 0 ? exit_status::passed : exit_status::usage;
        }
        return chosen_();
    }

private:
    void add_run() {
        auto* const command =
            app_.add_subcommand("run", "Play scripts against a filter and check its answers");
        add_scripts(*command, run_.script);
        add_dialect(*command);
        command->add_option("--explain-dialect", run_.explain_dialect,
                            "Print what an MTA of this dialect sends, and exit");
        command->add_option("--milter", run_.script.milter,
                            "The filter: unix:/PATH, inet:PORT@HOST or inet6:PORT@HOST");
        add_start(*command, run_.start, run_.wait_for);
        command->add_option("--timeout", run_.script.timeout,
                            "How long to wait for an answer; default: 10s, and 60s for eom");
        add_choice(*command, run_.script);
        command->add_option("--jobs", run_.jobs, "How many tests to play at the same time; default: 1")
            ->check(CLI::Range(1, 1000));
        command
            ->add_option("--retries", run_.retries, "How often to play a test again that failed; default: 0")
            ->check(CLI::Range(0, 1000));
        command->add_flag("--fail-fast", run_.fail_fast, "End the run at the first test that fails");
        add_report(*command, run_.report, run_.hide);
        command->add_option("--coverage", run_.coverage,
                            "Write what was tried of the filter to this file, for \"testmta cover\"");
        command->add_option("--save-fuzzed", run_.save_fuzzed,
                            "Save what fuzzed sessions sent that failed, as scripts in this folder");
        command->callback([this] { chosen_ = [this] { return run::run(run_); }; });
    }

    void add_filter() {
        auto* const command =
            app_.add_subcommand("filter", "Be the filter of scripts, for an MTA that is to be tested");
        add_scripts(*command, filter_.script);
        command->add_option("--listen", filter_.script.milter,
                            "Where to listen: unix:/PATH, inet:PORT@HOST or inet6:PORT@HOST; port 0 is a "
                            "free one");
        add_socket_mode(*command, filter_.socket_mode);
        command->add_option("--ready-file", filter_.ready_file,
                            "Write the address to this file when it listens; it is removed at the end");
        auto* const once = command->add_flag(
            "--once", filter_.once, "End when each test has had its connection; default: begin anew");
        command->add_option("--timeout", filter_.script.timeout,
                            "How long to wait for what an MTA sends; default: 5m");
        add_choice(*command, filter_.script);
        add_report(*command, filter_.report, filter_.hide);
        // Only then is it known how many tests there are.
        for (auto const* const name : {"--tap", "--junit"}) command->get_option(name)->needs(once);
        command->callback([this] { chosen_ = [this] { return filter::run(filter_); }; });
    }

    void add_record() {
        auto* const command =
            app_.add_subcommand("record", "Stand between an MTA and a filter, and write down what passes");
        command->add_option("--listen", record_.listen, "Where the MTA connects: unix:/PATH, inet:PORT@HOST")
            ->required();
        command->add_option("--to", record_.to, "Where the filter listens")->required();
        command->add_option("-o", record_.output, "The file of the recording; default: standard output");
        add_socket_mode(*command, record_.socket_mode);
        command->callback([this] { chosen_ = [this] { return record::record(record_); }; });
    }

    void add_replay() {
        auto* const command =
            app_.add_subcommand("replay", "Play recordings to a filter, and compare its answers");
        command->add_option("FILE", replay_.files, "The recordings")->required();
        command
            ->add_option("--milter", replay_.milter,
                         "The filter: unix:/PATH, inet:PORT@HOST or inet6:PORT@HOST")
            ->required();
        add_start(*command, replay_.start, replay_.wait_for);
        command->add_option("--compare", replay_.compare,
                            "What must be as it was recorded: strict (bytes), answers (default) or none");
        command
            ->add_option("--ignore", replay_.ignored,
                         "With strict: leave out what this expression matches; several may be given")
            ->allow_extra_args(false);
        command->add_flag("--pauses", replay_.pauses, "Send everything at the time at which it was sent");
        command->add_option("--session", replay_.session, "Play only the session with this number");
        command->add_option("--timeout", replay_.timeout, "How long to wait for each answer; default: 60s");
        add_report(*command, replay_.report, replay_.hide);
        command->callback([this] { chosen_ = [this] { return record::replay(replay_); }; });
    }

    void add_check() {
        auto* const command = app_.add_subcommand("check", "Check scripts and report their mistakes");
        add_scripts(*command, run_.script);
        add_dialect(*command);
        command->add_flag("--filter", checks_filter_, "They are scripts for \"testmta filter\"");
        command->callback([this] {
            chosen_ = [this] {
                return run::check(run_.script, checks_filter_ ? run::role::filter : run::role::mta);
            };
        });
    }

    void add_cover() {
        auto* const command =
            app_.add_subcommand("cover", "Merge what runs have covered, and print what was never tried");
        command->add_option("FILE", covered_.files, "Files that \"run --coverage\" wrote")->required();
        command->add_flag("--json", covered_.as_json, "Print the merged file, instead of text");
        command->callback(
            [this] { chosen_ = [this] { return run::cover(covered_.files, covered_.as_json); }; });
    }

    void add_send() {
        auto* const command =
            app_.add_subcommand("send", "Show one message to a filter, and print what becomes of it");
        command->add_option("FILE", send_.file, "The message")->required();
        command
            ->add_option("--milter", send_.milter,
                         "The filter: unix:/PATH, inet:PORT@HOST or inet6:PORT@HOST")
            ->required();
        command->add_option("--dialect", send_.dialect, "The MTA to imitate; default: plain");
        command->add_option("--client", send_.client, "The client's name; default: client.example.org");
        command->add_option("--address", send_.address, "The client's address; default: 192.0.2.7");
        command->add_option("--helo", send_.helo, "The client's greeting; default: client.example.org");
        command->add_option("--from", send_.from, "The sender; default: <alice@example.org>");
        command
            ->add_option("--rcpt", send_.recipients,
                         "A recipient; may be repeated; default: <bob@example.net>")
            ->allow_extra_args(false);
        command->add_option("--timeout", send_.timeout, "How long to wait for an answer");
        command->add_flag("--transcript", send_.shows_frames, "Show the frames on standard error");
        command->callback([this] {
            chosen_ = [this] {
                if (send_.recipients.empty()) send_.recipients = {"<bob@example.net>"};
                return run::send(send_);
            };
        });
    }

    static void add_scripts(CLI::App& command, run::script_choice& script) {
        command.add_option("SCRIPT", script.scripts, "The script files");
        command.add_option("-D", script.defines, "Define a variable of the scripts: NAME=VALUE")
            ->allow_extra_args(false);
    }

    void add_dialect(CLI::App& command) {
        command.add_option("--dialect", run_.script.dialect,
                           "The MTA to imitate: plain, postfix, sendmail, v2, v3, v4 or v6");
    }

    static void add_start(CLI::App& command, std::string& start, std::string& wait_for) {
        command.add_option(
            "--start", start,
            "Start the filter with this command, and stop it at the end; how it ends is a test");
        command.add_option("--wait-for", wait_for,
                           "How long to wait until the filter listens; default with --start: 10s");
    }

    static void add_socket_mode(CLI::App& command, std::string& mode) {
        command.add_option("--socket-mode", mode,
                           "The permissions of a unix socket, such as 0666; default: those of the umask");
    }

    static void add_choice(CLI::App& command, run::script_choice& script) {
        command.add_option("--only", script.only, "Play only the tests whose names match this glob");
        command.add_option("--tag", script.tags, "Play only the tests with this tag; several may be given")
            ->allow_extra_args(false);
        command.add_option("--without-tag", script.unwanted_tags, "Leave out the tests with this tag")
            ->allow_extra_args(false);
        command.add_option("--seed", script.seed, "The seed of fuzz statements, instead of the script's");
    }

    static void add_report(CLI::App& command, run::report_choice& report, std::vector<std::string>& hidden) {
        command.add_option("--transcript", report.transcript,
                           "When to show the frames: never, fail (default) or always");
        command.add_flag("--tap", report.tap, "Write TAP 14 to standard output");
        command.add_option("--junit", report.junit, "Write the results to this file, in JUnit's format");
        command.add_option("--hide", hidden, "Show the values of this macro as ***; several may be given")
            ->allow_extra_args(false);
    }

    void add_load() {
        auto* const command =
            app_.add_subcommand("load", "Show a filter many messages at once, and measure its answers");
        command->add_option("SCRIPT", load_.script, "Play the tests of this script instead of messages");
        command->add_option("--milter", load_.milter,
                            "The filter: unix:/PATH, inet:PORT@HOST or inet6:PORT@HOST");
        command->add_option("-D", load_.defines, "Define a variable of the script: NAME=VALUE")
            ->allow_extra_args(false);
        command->add_option("--connections", load_.connections, "How many at a time; default: 10");
        command->add_option("--messages", load_.messages, "How many in all");
        command->add_option("--per-connection", load_.per_connection,
                            "Connect anew after so many messages; default: never");
        command->add_option("--rate", load_.rate,
                            "Begin so many messages per second, however fast the filter is");
        command->add_option("--ramp", load_.ramp, "Reach the rate, or open the connections, over this time");
        command->add_option("--duration", load_.duration, "Begin no message after this time");
        command->add_option("--size", load_.size, "Bytes of a body, SIZE or MIN..MAX; default: 4K");
        command->add_option("--rcpts", load_.recipients, "Recipients of a message; default: 1");
        command->add_option("--headers", load_.headers, "Header fields of a message; default: 5");
        command->add_option("--think", load_.think, "Pause on a connection between two messages");
        command->add_option("--dialect", load_.dialect,
                            "The MTA to imitate: plain, postfix, sendmail, v2, v3, v4 or v6");
        command->add_option("--seed", load_.seed, "The seed of bodies and their sizes; default: 1");
        command->add_option("--threads", load_.threads, "How many threads; default: one for each core");
        command->add_option("--json", load_.json, "Write the report to this file, too, as JSON");
        command->add_option("--expect-rate", load_.expected_rate,
                            "Fail if fewer messages per second are achieved");
        command->add_option("--expect-p99", load_.expected_p99,
                            "Fail if more than one message in a hundred takes longer");
        command->add_flag("-v", load_.verbose, "Print a line each second");
        command->callback([this] { chosen_ = [this] { return load::run(load_); }; });
    }

    void add_world() {
        auto* const command = app_.add_subcommand("world", "Run fake DNS and fake SMTP peers on loopback");
        command->add_option("FILE", world_.file, "The world file; - is the standard input")->required();
        command->add_option("--write-config", world_.write_config,
                            "Write a configuration for vouchd to this file");
        command->add_option("--log", world_.log, "Write what the peers saw to this file, as JSON lines");
        command->add_option(
            "--control", world_.control,
            "Serve an HTTP interface that shows and changes the world at inet:PORT@ADDRESS, on "
            "loopback; port 0 is a free one");
        command->add_option(
            "--save-mail", world_.save_mail,
            "Write each message that a peer accepts to this folder, as 1.eml, 2.eml and so on");
        command->add_option("--ca-file", world_.ca_file,
                            "Write the certificate of the authority that signs the peers' certificates to "
                            "this file, as PEM");
        command->add_flag("--json", world_.json, "Print where everything listens as one line of JSON");
        command->add_option("--ready-file", world_.ready_file,
                            "Write that line to this file when everything listens; it is removed at the end");
        command->add_option("--port", world_.port, "The port of every peer; default: a free one");
        command->add_option("--dns-port", world_.dns_port,
                            "The port of the name server; default: a free one");
        command->add_flag("--list", world_.only_list, "List zones, peers and expectations, and exit");
        command->add_flag("--check", world_.only_check,
                          "Run the expectations against the callout engine, print a table, and exit");
        command->add_flag("--verify", world_.verify,
                          "At SIGTERM or SIGINT judge what the entries say that peers see; status 1 if "
                          "something is not so");
        command->add_option("--only", world_.only,
                            "Check only the entries whose number or name matches this glob");
        command
            ->add_option(
                "--clock", world_.clock,
                "Check in real or virtual time, whatever the file says; entries that wait long always "
                "use virtual time")
            ->check(CLI::IsMember({"real", "virtual"}));
        command->add_option("--seed", world_.seed, "The seed of the random numbers, instead of the file's");
        for (auto const* const served :
             {"--json", "--ready-file", "--verify", "--control", "--ca-file", "--save-mail"})
            for (auto const* const other : {"--list", "--check"})
                command->get_option(served)->excludes(command->get_option(other));
        command->callback([this] { chosen_ = [this] { return world::run(world_); }; });
    }

    void add_smtp() {
        auto* const command = app_.add_subcommand(
            "smtp", "Receive mail, ask filters as an MTA does, and keep or print the result");
        command
            ->add_option("--listen", smtp_.listen,
                         "Where to listen: inet:PORT@ADDRESS, inet6:PORT@ADDRESS or unix:/PATH; several may "
                         "be given")
            ->required()
            ->allow_extra_args(false);
        command
            ->add_option(
                "--milter", smtp_.milters,
                "A filter to ask, such as unix:/PATH or inet:PORT@ADDRESS; several are asked in order")
            ->allow_extra_args(false);
        command->add_option("--dialect", smtp_.dialect, "The MTA to imitate before filters")
            ->check(CLI::IsMember({"postfix", "sendmail"}));
        command
            ->add_option("--milter-failure", smtp_.milter_failure,
                         "What a client hears when a filter fails, instead of what the dialect has")
            ->check(CLI::IsMember({"accept", "tempfail", "reject", "quarantine", "shutdown"}));
        command
            ->add_option("--milter-timeout", smtp_.milter_timeout,
                         "How many seconds a filter may take to answer, instead of what the dialect has")
            ->check(CLI::Range(1, 86'400));
        command
            ->add_option("--domain", smtp_.domains,
                         "A domain to take mail for; several may be given; default: all")
            ->allow_extra_args(false);
        command->add_option("--maildir", smtp_.maildir, "Keep each message in this folder");
        command->add_option("--relay", smtp_.relay,
                            "Hand each message to this server, HOST or HOST:PORT, before it is answered");
        command->add_flag("--print", smtp_.prints, "Print each message");
        command->add_flag("--lmtp", smtp_.speaks_lmtp, "Speak LMTP");
        command->add_option("--tls-certificate", smtp_.tls_certificate,
                            "Offer STARTTLS with this certificate and its issuers, a PEM file");
        command->add_option("--tls-key", smtp_.tls_key, "The certificate's key, a PEM file");
        command->add_option("--hostname", smtp_.host_name,
                            "What to call oneself; default: the machine's name");
        command->callback([this] { chosen_ = [this] { return bridge::run(smtp_); }; });
    }

    void add_submit() {
        auto* const command =
            app_.add_subcommand("submit", "Send a message to a server, and tell what happens");
        command->add_option("FILE", submit_.file, "The message")->required();
        command->add_option(
            "--to", submit_.to,
            "The server, HOST[:PORT], port 465 with TLS at once; default: the mail exchangers of the "
            "first recipient");
        command->add_option("--from", submit_.from, "The sender; default: the null sender <>");
        command->add_option("--rcpt", submit_.recipients, "A recipient; may be repeated")
            ->required()
            ->allow_extra_args(false);
        command->add_option("--tls", submit_.tls, "never, may, require or verified (default)");
        command->add_option("--ca", submit_.authorities, "Trust the authorities of this file or folder");
        command->add_option("--cert", submit_.certificate, "Show this certificate");
        command->add_option("--key", submit_.key, "The key of the certificate");
        command->add_option("--helo", submit_.helo, "The name for EHLO");
        command->add_option(
            "--auth", submit_.user,
            "Authenticate as this user; the password is read from --password-file, or from the "
            "environment as TESTMTA_PASSWORD");
        command->add_option("--password-file", submit_.password_file, "Its first line is the password");
        command->add_flag("--auth-in-clear", submit_.in_clear, "Authenticate outside TLS, too");
        command->add_option("--chunking", submit_.chunking, "never, or where-offered (default)");
        command->add_option("--notify", submit_.notify, "never, success, failure, delay; may be repeated")
            ->allow_extra_args(false);
        command->add_option("--ret", submit_.ret, "full or headers");
        command->add_option("--envid", submit_.envelope_id, "The envelope id of notifications");
        command->add_option("--etrn", submit_.etrn, "Ask for the queue of [@|#]NODE; may be repeated")
            ->allow_extra_args(false);
        command->add_flag("--json", submit_.json, "Write every event to standard output, as JSON lines");
        command->callback([this] { chosen_ = [this] { return submit::run(submit_); }; });
    }

    CLI::App app_{"A scripted fake MTA, and a fake Internet for it"};
    run::options run_;
    filter::options filter_;
    record::record_options record_;
    record::replay_options replay_;
    bool checks_filter_ = false;
    run::send_options send_;
    struct {
        std::vector<std::string> files;
        bool as_json = false;
    } covered_;
    load::options load_;
    world::options world_;
    bridge::options smtp_;
    submit::options submit_;
    std::function<int()> chosen_;
};

}  // namespace

int main(int count, char** words) {
    try {
        return command_line().run(count, words);
    } catch (std::exception const& problem) {
        std::cerr << "testmta: " << problem.what() << '\n';
        return exit_status::internal;
    }
}
