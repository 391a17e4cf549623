#include "run/script_choice.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <iostream>

#include "run/usage.hpp"
#include "script/script_parser.hpp"

namespace testmta::run {

namespace {

void wait_at_most(duration limit, settings& into) {
    into.default_limit = limit;
    into.connection_limit = limit;
    into.limits.clear();
}

command_line_settings read_settings(script_choice const& wanted, role plays) {
    command_line_settings found;
    for (auto const& define : wanted.defines) {
        auto const equals = define.find('=');
        if (equals == std::string::npos || equals == 0)
            throw usage_error("-D: \"" + define + "\" is not a definition; expected NAME=VALUE");
        found.defines[define.substr(0, equals)] = define.substr(equals + 1);
    }
    if (!wanted.dialect.empty()) found.defaults.as = &named_dialect("--dialect", wanted.dialect);
    found.defaults.plays = plays;
    // An MTA waits for what its client does, which may take minutes (RFC 5321, 4.5.3.2.7).
    if (plays == role::filter) wait_at_most(std::chrono::minutes(5), found.defaults);
    if (!wanted.timeout.empty()) wait_at_most(read_duration("--timeout", wanted.timeout), found.defaults);
    found.defaults.milter = wanted.milter;
    found.defaults.fuzz_seed = wanted.seed;
    return found;
}

bool has_any(test const& one, std::vector<std::string> const& tags) {
    return std::ranges::any_of(
        tags, [&](std::string const& tag) { return std::ranges::find(one.tags, tag) != one.tags.end(); });
}

bool is_chosen(test const& one, script_choice const& wanted) {
    auto const is_named = wanted.only.empty() || fnmatch(wanted.only.c_str(), one.name.c_str(), 0) == 0;
    auto const is_tagged = wanted.tags.empty() || has_any(one, wanted.tags);
    return is_named && is_tagged && !has_any(one, wanted.unwanted_tags);
}

}  // namespace

std::optional<std::vector<script>> read_scripts(script_choice const& wanted, role plays) {
    if (wanted.scripts.empty()) throw usage_error("no script; expected SCRIPT...");
    auto const by_command_line = read_settings(wanted, plays);
    std::vector<script> scripts;
    auto good = true;
    for (auto const& name : wanted.scripts) {
        std::string problem;
        auto file = text::load(name, problem);
        if (!file) throw usage_error(problem);
        text::mistakes wrong;
        script found;
        found.files = std::make_unique<text::sources>();
        found.tests = parse_script(*std::move(file), by_command_line, *found.files, wrong);
        std::cerr << wrong.report(*found.files);
        good = good && wrong.none();
        scripts.push_back(std::move(found));
    }
    if (!good) return std::nullopt;
    return scripts;
}

void select(std::vector<script>& scripts, script_choice const& wanted) {
    std::size_t left = 0;
    for (auto& one : scripts) {
        std::erase_if(one.tests, [&](test const& what) { return !is_chosen(what, wanted); });
        left += one.tests.size();
    }
    if (left != 0) return;
    if (!wanted.tags.empty() || !wanted.unwanted_tags.empty())
        throw usage_error("--tag, --without-tag: no test is left that was chosen");
    if (!wanted.only.empty())
        throw usage_error("--only: no test has a name that matches \"" + wanted.only + '"');
}

}  // namespace testmta::run
