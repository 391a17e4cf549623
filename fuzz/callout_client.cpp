// What a callout server, or any other peer, says to our client. The first byte chooses how the rest is cut
// into pieces.

#include "callout/mailfromd/client.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "callout/mailfromd/url.hpp"

namespace {

using namespace callout;
using namespace callout::core;

void require(bool condition) {
    if (!condition) std::abort();
}

/// All that the client said, and its answers.
std::string converse(std::string_view octets, std::size_t piece) {
    callout_client client((callout_session_options()));
    std::string story;
    std::size_t asked = 0;
    client.open();
    while (!octets.empty() && !client.error()) {
        auto const count = std::min(piece, octets.size());
        client.feed(octets.substr(0, count));
        octets.remove_prefix(count);
        story += client.take_output();
        if (client.busy() || client.error()) continue;
        if (asked > 0) {
            auto const& answer = client.answer();
            require(status_of_word(answer.word) == answer.status);
            story += answer.word + ' ' + answer.last_poll.host + '|' + answer.last_poll.received + '\n';
        }
        if (++asked > 3) return story;
        client.ask("ann@example.org", "MODE=mxfirst");
        story += client.take_output();
    }
    client.end_of_input();
    require(!client.busy());
    if (client.error()) story += std::string(to_string(client.error()->what)) + client.error()->text;
    require(std::ranges::none_of(
        story, [](char c) { return c < 0 || (c < ' ' && c != '\r' && c != '\n' && c != '\t'); }));
    return story;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0) return 0;
    std::string const octets(reinterpret_cast<char const*>(data) + 1, size - 1);
    (void)callout_url::parse(octets);
    // If a server talks before it is asked, the answer depends on whether all its words come at once.
    (void)converse(octets, std::max<std::size_t>(octets.size(), 1));
    (void)converse(octets, 1 + data[0] % 64);
    (void)converse(octets, 1);
    return 0;
}
