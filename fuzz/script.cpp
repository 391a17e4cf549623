// A script that somebody wrote: reading it, as an MTA's or as a filter's, either finds mistakes or gives
// tests, in a bounded time and memory (TM-002, TM-137).

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "script/script_parser.hpp"

namespace {

using namespace testmta;

void require(bool condition) {
    if (!condition) std::abort();
}

void read(std::string const& text, run::role plays) {
    run::command_line_settings settings;
    settings.defaults.plays = plays;
    text::sources files;
    text::mistakes wrong;
    auto const tests = run::parse_script(text::source("s", text), settings, files, wrong);
    require(wrong.all().size() <= text::mistakes::most);
    require(wrong.report(files).empty() == wrong.none());
    for (auto const& one : wrong.all()) require(one.offset <= files.octets());
    for (auto const& one : tests) require(one.offset < files.octets());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string const text(reinterpret_cast<char const*>(data), size);
    // Other files are not the fuzzer's.
    if (text.find("include") != std::string::npos || text.find("file") != std::string::npos) return 0;
    read(text, run::role::mta);
    read(text, run::role::filter);
    return 0;
}
