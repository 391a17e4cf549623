#include "filter/command.hpp"

#include "filter/filter_server.hpp"
#include "host/exit_status.hpp"
#include "host/net.hpp"
#include "run/usage.hpp"

namespace testmta::filter {

namespace {

/// Returns where to listen: the command line says it, or the script with "milter".
milterproto::socket_spec address_in(std::vector<run::script> const& scripts) {
    auto const& spelt = scripts.front().tests.front().milter;
    for (auto const& one : scripts) {
        for (auto const& what : one.tests) {
            if (what.milter != spelt)
                throw run::usage_error("the tests name several sockets; expected one, or --listen SPEC");
        }
    }
    if (spelt.empty())
        throw run::usage_error("no socket to listen at; expected --listen SPEC, or \"milter\" in the script");
    return run::read_address("--listen", spelt);
}

int serve_scripts(options const& wanted) {
    run::chosen_reports const chosen(wanted.report);
    auto const mode = run::read_socket_mode(wanted.socket_mode);
    auto scripts = run::read_scripts(wanted.script, run::role::filter);
    if (!scripts) return exit_status::usage;
    run::select(*scripts, wanted.script);
    std::erase_if(*scripts, [](run::script const& one) { return one.tests.empty(); });
    if (scripts->empty()) throw run::usage_error("the scripts have no test");
    std::size_t tests = 0;
    for (auto const& one : *scripts) tests += one.tests.size();
    server_plan const plan{address_in(*scripts), mode, wanted.once, wanted.ready_file, wanted.hide};
    if (wanted.once) {
        for (auto* one : chosen.all()) one->plan(tests);
    }
    raise_file_limit();
    auto const all = serve(*scripts, plan, chosen.all());
    auto const is_cut_short = wanted.once && all.was_interrupted;
    if (is_cut_short) {
        for (auto* one : chosen.all()) one->bail_out("interrupted");
    }
    for (auto* one : chosen.all()) one->end();
    if (all.failed != 0 || is_cut_short) return exit_status::failed;
    return all.passed == 0 && all.skipped != 0 ? exit_status::skipped : exit_status::passed;
}

}  // namespace

int run(options const& wanted) {
    return run::with_usage("filter", [&] { return serve_scripts(wanted); });
}

}  // namespace testmta::filter
