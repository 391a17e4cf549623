#include "run/coverage_file.hpp"

#include <boost/json.hpp>
#include <iostream>
#include <stdexcept>

#include "host/exit_status.hpp"
#include "host/whole_file.hpp"
#include "text/source.hpp"

namespace testmta::run {

namespace json = boost::json;

namespace {

json::object to_json(coverage::counts const& all) {
    json::object made;
    for (auto const& [name, count] : all) made[name] = count;
    return made;
}

json::object to_json(coverage const& what) {
    return {{"transitions", to_json(what.transitions)},
            {"edits", to_json(what.edits)},
            {"declined", to_json(what.declined)},
            {"offered", to_json(what.offered)},
            {"asked", to_json(what.asked)}};
}

coverage::counts read_counts(json::object const& all, std::string_view name) {
    coverage::counts found;
    for (auto const& [key, count] : all.at(name).as_object())
        found[std::string(key)] = count.to_number<std::uint64_t>();
    return found;
}

}  // namespace

void write_coverage(std::string const& file, coverage const& what) {
    write_whole(file, json::serialize(to_json(what)) + '\n');
}

coverage read_coverage(std::string const& file) {
    std::string problem;
    auto const content = text::load(file, problem);
    if (!content) throw std::runtime_error(problem);
    try {
        auto const all = json::parse({content->content().data(), content->content().size()}).as_object();
        coverage found;
        found.transitions = read_counts(all, "transitions");
        found.edits = read_counts(all, "edits");
        found.declined = read_counts(all, "declined");
        found.offered = read_counts(all, "offered");
        found.asked = read_counts(all, "asked");
        return found;
    } catch (std::exception const&) {
        throw std::runtime_error(file + ": this is not what \"testmta run --coverage\" writes");
    }
}

int cover(std::vector<std::string> const& files, bool as_json) {
    try {
        coverage all;
        for (auto const& one : files) all.merge(read_coverage(one));
        std::cout << (as_json ? json::serialize(to_json(all)) + '\n' : all.to_text()) << std::flush;
        return exit_status::passed;
    } catch (std::runtime_error const& problem) {
        std::cerr << "testmta cover: " << problem.what() << '\n';
        return exit_status::usage;
    }
}

}  // namespace testmta::run
