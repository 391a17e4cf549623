#include "milterproto/core/frame.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace milterproto::core {

namespace {

constexpr std::size_t length_octets = 4;

std::uint32_t length_at(char const* at) noexcept {
    std::uint32_t length = 0;
    for (std::size_t i = 0; i != length_octets; ++i) length = length << 8 | static_cast<unsigned char>(at[i]);
    return length;
}

/// A length whose four octets are all printable or line ends came from somebody who speaks text to us. As a
/// number it would be at least 0x0a0a0a0a, far beyond every limit, so no frame is mistaken.
bool looks_like_text(char const* at) noexcept {
    return std::all_of(at, at + length_octets, [](unsigned char c) {
        return (c >= 0x20 && c < 0x7f) || c == '\r' || c == '\n' || c == '\t';
    });
}

}  // namespace

std::span<char> frame_reader::prepare(std::size_t least) {
    if (begin_ == end_) begin_ = end_ = 0;
    if (capacity_ - end_ < least) {
        auto const waiting = end_ - begin_;
        if (capacity_ - waiting >= least) {
            std::memmove(buffer_.get(), buffer_.get() + begin_, waiting);
        } else {
            auto const grown = std::max(capacity_ * 2, waiting + least);
            auto larger = std::make_unique_for_overwrite<char[]>(grown);
            if (waiting != 0) std::memcpy(larger.get(), buffer_.get() + begin_, waiting);
            buffer_ = std::move(larger);
            capacity_ = grown;
        }
        begin_ = 0;
        end_ = waiting;
    }
    return {buffer_.get() + end_, capacity_ - end_};
}

result<std::optional<frame>> frame_reader::next() noexcept {
    auto const waiting = end_ - begin_;
    if (waiting < length_octets) return std::nullopt;
    char const* const start = buffer_.get() + begin_;
    std::size_t const length = length_at(start);
    if (length == 0) return errc::frame_empty;
    if (length - 1 > payload_limit_) return looks_like_text(start) ? errc::not_milter : errc::frame_too_long;
    if (waiting - length_octets < length) return std::nullopt;
    begin_ += length_octets + length;
    return frame{start[length_octets], {start + length_octets + 1, length - 1}};
}

void frame_reader::release() noexcept {
    if (mid_frame()) return;
    buffer_.reset();
    capacity_ = begin_ = end_ = 0;
}

}  // namespace milterproto::core
