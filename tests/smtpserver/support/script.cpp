#include "smtpserver/support/script.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

namespace smtpserver::testing {

namespace {

extension extension_called(std::string const& name) {
    static std::map<std::string, extension> const all{
        {"pipelining", extension::pipelining},
        {"size", extension::size},
        {"8bitmime", extension::eight_bit_mime},
        {"smtputf8", extension::smtputf8},
        {"chunking", extension::chunking},
        {"binarymime", extension::binary_mime},
        {"dsn", extension::dsn},
        {"auth", extension::auth},
        {"enhancedstatuscodes", extension::enhanced_status_codes}};
    return all.at(name);
}

void set_limit(connection_limits& limits, std::string const& name, std::size_t value) {
    static std::map<std::string, std::size_t connection_limits::*> const all{
        {"line", &connection_limits::line},
        {"auth-line", &connection_limits::auth_line},
        {"content-line", &connection_limits::content_line},
        {"recipients", &connection_limits::recipients},
        {"envelope", &connection_limits::envelope},
        {"errors", &connection_limits::errors},
        {"errors-in-haste", &connection_limits::errors_in_haste},
        {"junk", &connection_limits::junk}};
    if (name == "message") {
        limits.message = value;
    } else if (name == "discarded") {
        limits.discarded = value;
    } else {
        limits.*all.at(name) = value;
    }
}

void set_option(script& into, std::istringstream words) {
    std::string word;
    std::string value;
    words >> word >> value;
    auto& options = into.options;
    if (word == "limit") {
        std::size_t number = 0;
        words >> number;
        set_limit(options.limits, value, number);
    } else if (word == "line-ends") {
        options.line_ends = value == "normalize" ? bare_line_ends::normalize : bare_line_ends::raw;
    } else if (word == "lmtp") {
        options.protocol = protocol::lmtp;
    } else if (word == "lenient") {
        options.paths = path_syntax::lenient;
    } else if (word == "tls") {
        options.tls = tls_offer::starttls;
    } else if (word == "passwords-anywhere") {
        options.allowed_passwords = passwords::anywhere;
    } else if (word == "demands") {
        options.demands = value == "tls" ? demand::tls : demand::authentication;
    } else if (word == "asks") {
        options.asks = {value == "connect", value == "hello", value == "data", value == "vrfy",
                        value == "unknown"};
    } else if (word == "xclient") {
        into.may_xclient = true;
    } else if (word == "with") {
        options.offers = options.offers.with(extension_called(value));
    } else if (word == "without") {
        options.offers = options.offers.without(extension_called(value));
    } else {
        throw std::runtime_error(into.name + ": unknown option " + word);
    }
}

/// Adds a line of the client to the step, or begins a new one if the server has spoken meanwhile.
script_step& step_for(script& into, std::size_t line) {
    bool const begins =
        into.steps.empty() || !into.steps.back().expected.empty() || !into.steps.back().directive.empty();
    if (begins) into.steps.push_back({{}, {}, {}, line});
    return into.steps.back();
}

}  // namespace

script script::read(std::string const& path) {
    std::ifstream file(path);
    script made;
    made.name = std::filesystem::path(path).stem();
    made.options.host_name = "mx.example";
    made.steps.push_back({{}, "begin", {}, 1});
    std::string line;
    for (std::size_t number = 1; std::getline(file, line); ++number) {
        if (line.empty() || line[0] == '#') continue;
        auto const text = line.size() > 2 ? line.substr(2) : std::string();
        switch (line[0]) {
            case '!': set_option(made, std::istringstream(text)); break;
            case '>': step_for(made, number).octets += ::test::unescaped(text, "\r\n"); break;
            case '@': made.steps.push_back({{}, text, {}, number}); break;
            case '<':
            case '*': made.steps.back().expected += line + '\n'; break;
            default: throw std::runtime_error(path + ":" + std::to_string(number) + ": no mark");
        }
    }
    return made;
}

}  // namespace smtpserver::testing
