// Plays the server's side of conversations, and prints them with what the client does:  submission_record
// FILE
#include <exception>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "submission/support/played_client.hpp"

namespace {

/// Returns the lines that a person wrote, in pieces that end where the client acts.
std::vector<std::string> written_lines(std::string const& path) {
    std::ifstream file(path);
    std::vector<std::string> all;
    for (std::string line; std::getline(file, line);)
        if (!line.starts_with('>') && !line.starts_with('*')) all.push_back(line);
    return all;
}

void record(std::string const& path) {
    submission::testing::played_client client(path);
    auto const steps = submission::testing::script::read(path).steps;
    auto const lines = written_lines(path);
    std::size_t at = 0;
    auto const is_server = [](std::string const& line) { return line.starts_with('<'); };
    auto const copy_remarks = [&] {
        for (; at < lines.size() && !is_server(lines[at]) && !lines[at].starts_with('@'); ++at)
            std::cout << (lines[at].empty() ? "" : lines[at] + '\n');
    };
    for (auto const& step : steps) {
        copy_remarks();
        if (step.directive.empty()) {
            for (; at < lines.size() && is_server(lines[at]); ++at) std::cout << lines[at] << '\n';
            client.feed(step.octets);
        } else {
            if (step.directive != "begin") std::cout << lines[at++] << '\n';
            client.happen(step.directive);
        }
        auto const said = client.take_record();
        // A step that changes nothing needs its end to be seen.
        std::cout << (said.empty() && step.directive.empty() ? "\n" : said);
    }
}

}  // namespace

int main(int count, char** arguments) try {
    for (int i = 1; i < count; ++i) record(arguments[i]);
} catch (std::exception const& e) {
    std::cerr << e.what() << '\n';
    return 1;
}
