#include "run/fuzz_record.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <system_error>

#include "host/whole_file.hpp"
#include "text/printable.hpp"

namespace testmta::run {

namespace {

/// Returns pairs of hexadecimal digits, in lines that are joined by a backslash.
std::string in_hex(std::string_view octets) {
    constexpr std::size_t columns = 40;
    std::string text;
    for (std::size_t i = 0; i != octets.size(); ++i) {
        auto const octet = static_cast<unsigned char>(octets[i]);
        text += i % columns == 0 && i != 0 ? " \\\n        " : " ";
        text.append(1, text::hex_digits[octet >> 4]).append(1, text::hex_digits[octet & 0xf]);
    }
    return text;
}

std::string file_name(std::string const& test, session_result const& session) {
    constexpr std::size_t longest = 80;
    auto name = test.substr(0, longest) + '-' + session.name + '-' + std::to_string(*session.fuzz_seed);
    std::ranges::replace_if(name, [](unsigned char c) { return std::isalnum(c) == 0 && c != '-'; }, '_');
    return name + ".mts";
}

}  // namespace

std::string script_of(std::string const& test, session_result const& session) {
    auto const seed = session.fuzz_seed ? std::to_string(*session.fuzz_seed) : "none";
    auto const name = test + ", session " + session.name + ", fuzz seed " + seed;
    std::string text =
        "# What a fuzzed session sent.\ntest " + text::in_quotes(text::readable(name)) + "\n    open\n";
    for (auto const& one : session.writes) {
        if (!one.empty()) text += "    bytes" + in_hex(one) + " -> whatever\n";
    }
    return text + "end\n";
}

void save_fuzzed(std::string const& folder, std::string const& test, outcome const& how) {
    for (auto const& session : how.sessions) {
        if (!session.failed || !session.fuzz_seed) continue;
        std::error_code ignored;
        std::filesystem::create_directories(folder, ignored);
        auto const path = std::filesystem::path(folder) / file_name(test, session);
        write_whole(path, script_of(test, session));
    }
}

}  // namespace testmta::run
