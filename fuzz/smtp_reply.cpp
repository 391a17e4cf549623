// What a peer sends where a reply is expected. The first octet chooses how the rest is cut into pieces.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
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
        auto const& row = row_for(where, r);
        require(row.status != status::pass || r.positive() || row.then == next_step::go_on);
        require(row.status != status::fail || r.permanent());
    }
}

/// Everything that comes out: replies, and the error that ends them.
struct outcome {
    std::vector<reply> replies;
    boost::system::error_code end;
};

outcome read(std::string_view bytes, std::size_t piece) {
    reply_reader reader;
    outcome out;
    while (!bytes.empty()) {
        reader.feed(bytes.substr(0, piece));
        bytes.remove_prefix(std::min(piece, bytes.size()));
        while (true) {
            auto next = reader.next();
            if (!next) {
                out.end = next.error();
                return out;
            }
            if (!*next) break;
            out.replies.push_back(**std::move(next));
        }
    }
    return out;
}

bool same(reply const& a, reply const& b) {
    return a.code == b.code && a.enhanced == b.enhanced && a.lines == b.lines && a.oddities == b.oddities;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0) return 0;
    std::string_view const bytes(reinterpret_cast<char const*>(data) + 1, size - 1);
    auto const whole = read(bytes, std::max<std::size_t>(bytes.size(), 1));
    auto const pieces = read(bytes, 1 + data[0] % 64);
    require(std::ranges::equal(whole.replies, pieces.replies, same) && whole.end == pieces.end);
    for (auto const& r : whole.replies) {
        check_bounds(r, reply_limits());
        check_verdicts(r);
    }
    return 0;
}
