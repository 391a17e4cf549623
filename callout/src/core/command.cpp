#include "callout/core/command.hpp"

namespace callout::core {
namespace {

std::string surround(std::string_view before, std::string_view argument, std::string_view after) {
    std::string line(before);
    line += argument;
    line += after;
    return line;
}

}  // namespace

std::string command_line(verb v, std::string_view argument) {
    switch (v) {
        case verb::ehlo: return surround("EHLO ", argument, "");
        case verb::helo: return surround("HELO ", argument, "");
        case verb::mail: return surround("MAIL FROM:<", argument, ">");
        case verb::rcpt: return surround("RCPT TO:<", argument, ">");
        case verb::rset: return "RSET";
        case verb::quit: break;
    }
    return "QUIT";
}

}  // namespace callout::core
