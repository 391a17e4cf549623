#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "milterproto/core/wire/frame.hpp"

/// A stream of bytes that is cut into frames. The first two bytes choose the limit and the size of the
/// pieces.
///
/// Invariants: the frames are those of a simple reading of milter-protocol.md 1, whatever the pieces and
/// whether or not the buffer is given away and taken back between them; the first fault ends the stream;
/// memory is proportional to the bytes received. (MP-002, MP-003, MP-004, MP-005, MP-010)
namespace {

using namespace milterproto;

void require(bool condition, char const* what) {
    if (condition) return;
    std::fprintf(stderr, "broken: %s\n", what);
    std::abort();
}

/// Returns the frames of a stream, then its fault if it has one.
struct reading {
    std::string frames;
    boost::system::error_code fault;
    bool operator==(reading const&) const = default;

    void note(char letter, std::string_view payload) {
        frames.push_back(letter);
        frames.append(payload).append("|");
    }
};

reading plainly(std::string_view stream, std::size_t limit) {
    reading result;
    while (stream.size() >= 4) {
        std::size_t length = 0;
        for (int i = 0; i != 4; ++i) length = length << 8 | static_cast<unsigned char>(stream[i]);
        bool const is_text = std::all_of(stream.begin(), stream.begin() + 4, [](unsigned char c) {
            return (c >= ' ' && c <= '~') || c == '\r' || c == '\n' || c == '\t';
        });
        if (length == 0) result.fault = errc::frame_empty;
        if (length > limit + 1) result.fault = is_text ? errc::not_milter : errc::frame_too_long;
        if (result.fault || stream.size() - 4 < length) return result;
        result.note(stream[4], stream.substr(5, length - 1));
        stream.remove_prefix(4 + length);
    }
    return result;
}

std::string const every_letter = [] {
    std::string all;
    for (int letter = 0; letter != 256; ++letter) all.push_back(static_cast<char>(letter));
    return all;
}();

enum class buffers { kept, passed_on };

reading in_pieces(std::string_view stream, std::size_t limit, std::size_t piece, buffers what) {
    reading result;
    core::frame_reader reader(limit);
    std::size_t fed = 0;
    for (; !stream.empty() && !result.fault; stream.remove_prefix(std::min(piece, stream.size()))) {
        auto const part = stream.substr(0, piece);
        if (what == buffers::passed_on) {
            auto const waiting = reader.waiting();
            auto const given = reader.release();
            require(reader.waiting() == waiting, "the bytes of an unfinished frame are kept");
            require(reader.buffer_size() == waiting, "in a buffer of exactly their size");
            if (fed % 3 == 0) reader.adopt(core::byte_buffer(waiting + part.size()));
        }
        auto const room = reader.prepare(part.size());
        require(room.size() >= part.size(), "room as asked for");
        fed += part.size();
        require(room.size() <= 4 * fed, "memory is proportional to the bytes received");
        std::memcpy(room.data(), part.data(), part.size());
        reader.commit(part.size());
        for (;;) {
            bool const some = reader.any_waiting(every_letter);
            auto const one = reader.next();
            require(some == (one.has_value() && one->has_value()), "what peek sees is what next returns");
            if (one.has_error()) result.fault = one.error();
            if (one.has_error() || !*one) break;
            result.note((*one)->letter, (*one)->payload);
        }
    }
    return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size < 2) return 0;
    constexpr std::size_t limit_choices[] = {limits::payload, 0, 7, limits::payload_1m};
    std::size_t const limit = limit_choices[data[0] % 4];
    std::size_t const piece = 1 + data[1] % 64;
    std::string_view const stream(reinterpret_cast<char const*>(data) + 2, size - 2);
    auto const expected = plainly(stream, limit);
    require(in_pieces(stream, limit, std::max<std::size_t>(stream.size(), 1), buffers::kept) == expected,
            "whole, the frames are those of the specification");
    require(in_pieces(stream, limit, piece, buffers::kept) == expected, "the frames are the same in pieces");
    require(in_pieces(stream, limit, piece, buffers::passed_on) == expected,
            "the frames are the same with borrowed buffers");
    return 0;
}
