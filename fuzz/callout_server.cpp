// What a client of the callout server says. The first byte chooses how the rest is cut into pieces.

#include "callout/mailfromd/server.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace callout;
using namespace callout::core;

void require(bool condition) {
    if (!condition) std::abort();
}

/// Answers every address of a RUN: progress, and a verdict by its number.
void answer_all(callout_server& server) {
    for (auto const& asked : server.take_run()) {
        require(std::ranges::none_of(asked.address, [](char c) { return c >= 0 && c < ' '; }));
        require(asked.how.hosts.mode == host_mode::mxfirst || asked.how.hosts.host);
        (void)request_for(asked);
        server.progress(asked.id, poll_stage::init, asked.address);
        bool const good = asked.id % 2 == 0;
        server.answer(asked.id, verification(good ? status::pass : status::transient,
                                             good ? reason::accepted : reason::refused));
    }
}

/// Checks that every line begins like a line of the protocol, and ends in CR LF.
std::size_t check_lines(std::string_view said) {
    std::size_t finals = 0;
    while (!said.empty()) {
        auto const end = said.find("\r\n");
        require(end != said.npos);
        auto const line = said.substr(0, end);
        require(line.find('\r') == line.npos && line.find('\n') == line.npos);
        bool const is_final = line == "OK" || line.starts_with("OK ") || line.starts_with("NO ");
        require(is_final || line.starts_with("* "));
        finals += is_final ? 1 : 0;
        said.remove_prefix(end + 2);
    }
    return finals;
}

std::string converse(std::string_view octets, std::size_t piece) {
    callout_server_options options;
    options.ehlo = "mail.example.net";
    options.max_queue = 8;
    // Small limits, so that short inputs contain lines that are too long, and get more output than a client
    // may leave unread.
    options.max_line = 128;
    options.mail_from = std::string(2000, 'm');
    callout_server server(options);
    std::string all;
    auto const take = [&] {
        while (server.runs() || !server.output().empty()) {
            if (server.runs()) answer_all(server);
            all += server.output();
            server.written(server.output().size());
        }
    };
    while (!octets.empty() && !server.finished()) {
        auto const count = std::min({piece, octets.size(), server.room()});
        require(count > 0);
        server.feed(octets.substr(0, count));
        octets.remove_prefix(count);
        take();
        require(!server.overwhelmed());
    }
    server.end_of_input();
    take();
    require(server.finished() && !server.runs());
    require(server.unfinished().size() <= options.max_queue);
    return all;
}

/// A quarter of all inputs is fed byte by byte, which costs as much as all the rest.
std::size_t piece_of(std::uint8_t choice) {
    return choice % 4 == 0 ? 1 : 2 + choice / 4;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0) return 0;
    std::string const octets(reinterpret_cast<char const*>(data) + 1, size - 1);
    auto const whole = converse(octets, std::max<std::size_t>(octets.size(), 1));
    auto const finals = check_lines(whole);
    // The greeting, and at most one final line for each line that was received or is too long to have an end.
    auto const lines = std::ranges::count(octets, '\n');
    require(finals <= static_cast<std::size_t>(lines) + 2);
    require(converse(octets, piece_of(data[0])) == whole);
    return 0;
}
