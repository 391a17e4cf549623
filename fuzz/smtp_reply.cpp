// What a peer sends where a reply is expected. The first byte chooses how the rest is cut into pieces, and
// at which stages the reply is judged.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "callout/reply.hpp"
#include "core/built_in_rules.hpp"
#include "core/decision.hpp"

namespace {

using namespace callout;
using namespace callout::core;

void require(bool condition) {
    if (!condition) std::abort();
}

/// Limits so small that short inputs exceed each of them.
constexpr reply_limits limits{.line = 100, .lines = 8, .kept_line = 40, .total = 1000};

/// A lookup table, because comparisons are expensive in an instrumented fuzzer.
constexpr auto is_clean = [] {
    std::array<bool, 256> all{};
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = i == '\t' || (i >= ' ' && i <= '~');
    return all;
}();

std::size_t count_dirty(std::string_view text) {
    std::size_t dirty = 0;
    for (char const c : text) dirty += is_clean[static_cast<unsigned char>(c)] ? 0 : 1;
    return dirty;
}

void check_bounds(reply const& r) {
    require(r.code >= 200 && r.code <= 599);
    require(!r.lines.empty() && r.lines.size() <= limits.lines);
    for (auto const& line : r.lines) require(line.size() <= limits.kept_line);
    require(count_dirty(r.first_line()) == 0);
    auto const text = r.text();
    std::size_t ends = 0;
    for (auto at = text.find("\r\n"); at != text.npos; at = text.find("\r\n", at + 2)) ++ends;
    require(ends + 1 == r.lines.size() && count_dirty(text) == 2 * ends);
}

using enum stage;
constexpr stage stages[] = {greeting | ehlo | helo, mail_null, mail_sender, rcpt};

/// Checks that no reply passes or fails an address in contradiction to its first digit.
void check_verdicts(reply const& r, stage wanted) {
    for (auto const where : {greeting, ehlo, helo, mail_null, mail_sender, rcpt}) {
        if (!covers(wanted, where)) continue;
        auto const& row = row_for(where, r, reading(where, r, {}, built_in_rules()));
        require(row.status != status::pass || r.positive() || row.then == next_step::go_on);
        require(row.status != status::fail || r.permanent());
    }
}

/// Everything that the reader returns: replies, and the error that ends them.
struct outcome {
    std::vector<reply> replies;
    boost::system::error_code end;
};

outcome read(std::string_view bytes, std::size_t piece) {
    reply_reader reader(limits);
    outcome out;
    while (!bytes.empty()) {
        reader.feed(bytes.substr(0, piece));
        bytes.remove_prefix(std::min(piece, bytes.size()));
        while (true) {
            auto next = reader.next(out.replies.empty() ? reply_place::greeting : reply_place::later);
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
        check_bounds(r);
        check_verdicts(r, stages[data[0] / 64]);
    }
    return 0;
}
