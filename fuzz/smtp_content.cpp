// What a client sends after DATA. The first byte chooses how the rest is cut into pieces. The end of the
// message and its bytes are found a second time here, by means that share nothing with the library's.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "smtpserver/core/content_reader.hpp"

namespace {

using namespace smtpserver;

void require(bool condition) {
    if (!condition) std::abort();
}

struct reading {
    std::string content;
    std::size_t taken = 0;
    bool is_complete = false;
    content_faults faults;
};

reading read(std::string_view input, bare_line_ends mode, std::size_t piece) {
    core::content_reader reader(mode, 1000);
    reading found;
    while (found.taken < input.size() && !reader.is_complete()) {
        found.taken += reader.read(input.substr(found.taken, piece), found.content);
    }
    found.is_complete = reader.is_complete();
    found.faults = reader.faults();
    return found;
}

/// Takes the dots of stuffing out of lines that end in CR LF. A lone dot before a bare LF is kept.
std::string without_stuffing(std::string_view text) {
    std::string plain;
    while (!text.empty()) {
        auto const end = text.find("\r\n");
        auto const size = end == text.npos ? text.size() : end + 2;
        auto line = text.substr(0, size);
        text.remove_prefix(size);
        if (line.starts_with('.') && !line.starts_with(".\n")) line.remove_prefix(1);
        plain += line;
    }
    return plain;
}

/// Reads a message that has an end: CR LF . CR LF, or . CR LF at once.
void check_against_text(std::string_view input) {
    auto const raw = read(input, bare_line_ends::raw, input.size());
    auto const whole = "\r\n" + std::string(input);
    auto const end = whole.find("\r\n.\r\n");
    require(raw.is_complete == (end != whole.npos));
    if (!raw.is_complete) return;
    require(raw.taken == end + 3);
    require(raw.content == without_stuffing(std::string_view(input).substr(0, end)));
    auto const is_bare = [&](std::size_t at, char other, std::size_t where) {
        return where >= raw.content.size() || raw.content[where] != other || at == where;
    };
    bool bare_lf = false;
    bool bare_cr = false;
    for (std::size_t i = 0; i < raw.content.size(); ++i) {
        if (raw.content[i] == '\n') bare_lf = bare_lf || i == 0 || is_bare(i, '\r', i - 1);
        if (raw.content[i] == '\r') bare_cr = bare_cr || is_bare(i, '\n', i + 1);
    }
    // A dot that is taken out may bring a CR and an LF together, or part them; then the faults say more.
    require(raw.faults.bare_lf || !bare_lf);
    require(raw.faults.bare_cr || !bare_cr);
    require(raw.faults.nul == (raw.content.find('\0') != raw.content.npos));
}

bool same(reading const& a, reading const& b) {
    return a.content == b.content && a.taken == b.taken && a.is_complete == b.is_complete &&
           a.faults == b.faults;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0) return 0;
    std::string const input(reinterpret_cast<char const*>(data) + 1, size - 1);
    auto const piece = data[0] % 4 == 0 ? 1 : std::size_t{2} + data[0] / 4;
    check_against_text(input);
    using enum bare_line_ends;
    for (auto const mode : {reject, normalize, raw}) {
        auto const whole = read(input, mode, std::max<std::size_t>(input.size(), 1));
        require(same(whole, read(input, mode, piece)));
        if (mode != normalize) continue;
        // What is handed up has no LF alone.
        for (auto at = whole.content.find('\n'); at != whole.content.npos;
             at = whole.content.find('\n', at + 1)) {
            require(at > 0 && whole.content[at - 1] == '\r');
        }
    }
    return 0;
}
