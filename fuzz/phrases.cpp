// The words of a refusal. Their meaning may depend on the recipient, but never on how the words are cut into
// lines of a reply, except for the line ends themselves.

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

void require(bool condition) {
    if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string const text(reinterpret_cast<char const*>(data), size);
    for (unsigned const code : {450U, 550U, 554U}) {
        reply const r(code, parse_enhanced_code(text), {text});
        auto const words = topics_of(r, "ann@example.org");
        // Words about us, the mailbox and the relay are distinguished: a text that blames us does not blame
        // the mailbox.
        bool const of_us = includes(words, topic::self);
        bool const of_address = includes(words, topic::address);
        bool const by_code = r.enhanced && r.enhanced->subject == 1;
        require(!(of_us && of_address) || by_code);
        auto const wait = retry_after(r);
        require(!wait || (*wait >= std::chrono::seconds(0) && *wait <= std::chrono::hours(1)));
        // No words make a temporary refusal permanent, or any refusal a pass.
        auto const verdict = decide(stage::rcpt, r).answer;
        require(verdict.status != status::fail || code / 100 == 5);
        require(verdict.status != status::pass);
    }
    return 0;
}
