// The words of a refusal. What they speak of may depend on the recipient, never on how they are cut into
// lines of a reply beyond the line ends themselves.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/decision.hpp"
#include "core/phrases.hpp"

namespace {

using namespace callout;
using namespace callout::core;

void require(bool holds) {
    if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string const text(reinterpret_cast<char const*>(data), size);
    for (unsigned const code : {450U, 550U, 554U}) {
        reply const r(code, parse_enhanced_code(text), {text});
        auto const words = topics_of(r, "ann@example.org");
        // We, the mailbox and the relay are told apart: what blames us blames no mailbox.
        bool const of_us = includes(words, topic::self);
        bool const of_address = includes(words, topic::address);
        bool const by_code = r.enhanced && r.enhanced->subject == 1;
        require(!(of_us && of_address) || by_code);
        auto const wait = retry_after(r);
        require(!wait || (*wait >= std::chrono::seconds(0) && *wait <= std::chrono::hours(1)));
        // No words make a temporary refusal a lasting one, or any refusal a pass.
        auto const verdict = decide(stage::rcpt, r).answer;
        require(verdict.status != status::fail || code / 100 == 5);
        require(verdict.status != status::pass);
    }
    return 0;
}
