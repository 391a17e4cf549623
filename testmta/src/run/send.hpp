#pragma once

#include <string>
#include <vector>

namespace testmta::run {

/// The options of `testmta send`, as they were written.
struct send_options {
    std::string file;
    std::string milter;
    std::string dialect;
    std::string client = "client.example.org";
    std::string address = "192.0.2.7";
    std::string helo = "client.example.org";
    std::string from = "<alice@example.org>";
    std::vector<std::string> recipients;
    std::string timeout;
    bool shows_frames = false;
};

/// Shows one message to the filter, and prints what it said and what became of the message. Returns the exit
/// status.
int send(send_options const& wanted);

}  // namespace testmta::run
