// An EHLO reply. Each line of the input is one line of it.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "callout/capabilities.hpp"

namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view rest(reinterpret_cast<char const*>(data), size);
    callout::core::reply ehlo(250, {}, {});
    while (!rest.empty()) {
        auto const end = std::min(rest.find('\n'), rest.size());
        ehlo.lines.push_back(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    auto const offered = callout::core::capabilities::of(ehlo);
    // Nothing is offered unless a line names it, in upper or lower case.
    for (std::string_view const keyword : {"PIPELINING", "STARTTLS", "SMTPUTF8", "LIMITS"}) {
        bool named = false;
        for (bool names_server = true; auto const line : ehlo.lines) {
            if (std::exchange(names_server, false)) continue;
            std::string head(line.substr(0, keyword.size()));
            for (auto& c : head) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
            named = named || head == keyword;
        }
        require(named || !offered.offers(keyword));
    }
    require(!offered.offers(""));
    return 0;
}
