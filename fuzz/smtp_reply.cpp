// What a peer sends where a reply is expected. The first octet chooses how the rest is cut into pieces.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "callout/core/decision.hpp"
#include "callout/core/reply.hpp"

namespace {

using namespace callout;
using namespace callout::core;

void require(bool holds) {
    if (!holds) std::abort();
}

bool is_clean(char c) {
    return c == '\t' || (c >= ' ' && c <= '~');
}

void check_bounds(reply const& r, reply_limits const& limits) {
    require(r.code >= 200 && r.code <= 599);
    require(!r.lines.empty() && r.lines.size() <= limits.lines);
    for (auto const& line : r.lines) {
        require(line.size() <= limits.kept_line);
        require(std::ranges::all_of(printable(line), is_clean));
    }
    require(std::ranges::all_of(r.first_line(), is_clean));
    auto const text = r.text();
    auto const ends = std::ranges::count(text, '\n');
    require(ends == std::ranges::count(text, '\r') && ends + 1 == std::ssize(r.lines));
}

/// No reply passes or fails an address against its own first digit.
void check_verdicts(reply const& r) {
    for (auto const where :
         {stage::greeting, stage::ehlo, stage::helo, stage::mail_null, stage::mail_sender, stage::rcpt}) {
        auto const verdict = decide(where, r).answer;
        require(verdict.status != status::pass || r.positive());
        require(verdict.status != status::fail || r.permanent());
    }
}

/// Everything that comes out, as text: replies, and the error that ends them.
std::vector<std::string> read(std::string_view bytes, std::size_t piece) {
    reply_limits const limits;
    reply_reader reader(limits);
    std::vector<std::string> out;
    while (!bytes.empty()) {
        reader.feed(bytes.substr(0, piece));
        bytes.remove_prefix(std::min(piece, bytes.size()));
        while (true) {
            auto const next = reader.next();
            if (!next) {
                out.push_back(next.error().message());
                return out;
            }
            if (!*next) break;
            check_bounds(**next, limits);
            check_verdicts(**next);
            out.push_back(std::to_string(unsigned((*next)->oddities)) + (*next)->text());
        }
    }
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0) return 0;
    std::string const bytes(reinterpret_cast<char const*>(data) + 1, size - 1);
    auto const whole = read(bytes, std::max<std::size_t>(bytes.size(), 1));
    require(read(bytes, 1) == whole);
    require(read(bytes, 1 + data[0] % 64) == whole);
    return 0;
}
