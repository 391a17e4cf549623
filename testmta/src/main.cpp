#include <CLI/CLI.hpp>
#include <exception>
#include <functional>
#include <iostream>

#include "host/exit_status.hpp"
#include "run/command.hpp"
#include "world/command.hpp"

namespace {

using namespace testmta;

/// Each subcommand notes what is to be done; only when the whole line is understood is it done.
class command_line {
public:
    command_line() {
        app_.require_subcommand(1);
        add_run();
        add_check();
        add_world();
    }

    int run(int count, char** words) {
        try {
            app_.parse(count, words);
        } catch (CLI::RequiredError const& missing) {
            // A word that is no command is named, not overlooked.
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
            app_.add_subcommand("run", "Play scripts against a filter, and judge its answers");
        add_scripts(*command);
        command->add_option("--milter", run_.milter,
                            "The filter: unix:/PATH, inet:PORT@HOST or inet6:PORT@HOST");
        command->add_option("--timeout", run_.timeout,
                            "How long to wait for any answer; default: 10s, 60s for eom");
        command->add_option("--transcript", run_.transcript,
                            "Show the frames: never, fail (default) or always");
        command->add_option("--only", run_.only, "Play the tests whose names match this glob");
        command->callback([this] { chosen_ = [this] { return run::run(run_); }; });
    }

    void add_check() {
        auto* const command = app_.add_subcommand("check", "Read scripts, and say what is wrong with them");
        add_scripts(*command);
        command->callback([this] { chosen_ = [this] { return run::check(run_); }; });
    }

    void add_scripts(CLI::App& command) {
        command.add_option("SCRIPT", run_.scripts, "The scripts")->required();
        command.add_option("-D", run_.defines, "NAME=VALUE, a variable of the scripts")
            ->allow_extra_args(false);
        command.add_option("--dialect", run_.dialect, "The MTA to imitate: plain, postfix or sendmail");
    }

    void add_world() {
        auto* const command = app_.add_subcommand("world", "Fake DNS and fake SMTP peers on loopback");
        command->add_option("FILE", world_.file, "The world")->required();
        command->add_option("--write-config", world_.write_config,
                            "Write a configuration for vouchd to this file");
        command->add_option("--log", world_.log, "Write what the peers saw to this file, as JSON lines");
        command->add_option("--port", world_.port, "The port of all peers; default: a free one");
        command->add_option("--dns-port", world_.dns_port,
                            "The port of the name server; default: a free one");
        command->add_flag("--list", world_.only_list, "Name zones, peers and expectations, and end");
        command->add_flag("--check", world_.only_check,
                          "Run the expectations against the engine, print a table, and end");
        command->add_option("--only", world_.only,
                            "Check the entries whose number or name matches this glob");
        command
            ->add_option("--clock", world_.clock,
                         "Check by real or virtual time, whatever the file says; entries that wait long are "
                         "simulated always")
            ->check(CLI::IsMember({"real", "virtual"}));
        command->add_option("--seed", world_.seed, "The seed of all chance, whatever the file says");
        command->callback([this] { chosen_ = [this] { return world::run(world_); }; });
    }

    CLI::App app_{"A scripted fake MTA, and a fake Internet for it"};
    run::options run_;
    world::options world_;
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
