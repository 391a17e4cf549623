// A world that somebody wrote, or sent to the control interface: reading it either finds mistakes or gives a
// world, in a bounded time and memory, and the same each time (TM-132). The rules of a peer are read alone,
// too.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "world/language/parser.hpp"

namespace {

using namespace testmta;

void require(bool condition) {
    if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    text::source const file("w", std::string(reinterpret_cast<char const*>(data), size));
    text::mistakes wrong;
    auto const found = world::parse(file, wrong);
    require(found.has_value() == wrong.none());
    require(wrong.all().size() <= text::mistakes::most);
    require(wrong.report(file).empty() == wrong.none());
    for (auto const& one : wrong.all()) require(one.offset <= size);

    text::mistakes wrong_rules;
    auto const rules = world::parse_rules(file, wrong_rules);
    require(rules.has_value() == wrong_rules.none());
    if (!found) return 0;
    for (auto const& one : found->peers) {
        for (auto const& address : one.addresses) require(address.is_v6() || address.is_loopback());
        for (auto const& line : one.rules) require(line.text.starts_with("on"));
    }
    return 0;
}
