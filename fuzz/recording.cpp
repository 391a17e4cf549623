// A recording that somebody changed: reading it either finds mistakes or gives frames, which are written as
// they were read (TM-102). What passes a recorder is cut into frames that are together what passed (TM-101).

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "record/frame_tap.hpp"
#include "record/recording.hpp"

namespace {

using namespace testmta;

void require(bool condition) {
    if (!condition) std::abort();
}

std::vector<record::recorded> read(std::string const& text, bool& is_good) {
    text::source const file("r", text);
    text::mistakes wrong;
    auto found = record::read_recording(file, wrong);
    require(wrong.all().size() <= text::mistakes::most);
    is_good = wrong.none();
    return found;
}

void write_and_read(std::vector<record::recorded> const& lines) {
    std::string text(record::heading());
    for (auto const& one : lines) text += record::line_of(one);
    auto is_good = false;
    auto const again = read(text, is_good);
    require(is_good && again.size() == lines.size());
    for (std::size_t i = 0; i != lines.size(); ++i) {
        require(again[i].octets == lines[i].octets && again[i].session == lines[i].session);
        require(again[i].when == lines[i].when && again[i].from == lines[i].from);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string const text(reinterpret_cast<char const*>(data), size);
    auto is_good = false;
    auto const lines = read(text, is_good);
    if (is_good) write_and_read(lines);

    record::frame_tap tap;
    std::string passed;
    std::vector<record::recorded> seen;
    auto const half = size / 2;
    for (auto const part : {std::string_view(text).substr(0, half), std::string_view(text).substr(half)}) {
        for (auto& one : tap.take(part)) {
            passed += one;
            if (!one.empty()) seen.push_back({1, run::duration(0), run::sender::filter, std::move(one), 0});
        }
    }
    passed += tap.rest();
    require(passed == text);
    write_and_read(seen);
    return 0;
}
