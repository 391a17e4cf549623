#include "milterproto/core/wire/frame.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

namespace milterproto::core {

namespace {

constexpr std::size_t length_bytes = 4;

std::uint32_t length_at(char const* at) noexcept {
    std::uint32_t length = 0;
    for (std::size_t i = 0; i != length_bytes; ++i) length = length << 8 | static_cast<unsigned char>(at[i]);
    return length;
}

/// Returns whether the four bytes of a length are all printable or line ends: then the peer speaks text. As a
/// number they would be at least 0x0a0a0a0a, far beyond every limit, so no frame is mistaken for text.
bool looks_like_text(char const* at) noexcept {
    return std::all_of(at, at + length_bytes, [](unsigned char c) {
        return (c >= 0x20 && c < 0x7f) || c == '\r' || c == '\n' || c == '\t';
    });
}

}  // namespace

std::span<char> frame_reader::prepare(std::size_t least) {
    if (begin_ == end_) moved_to_front(0);
    if (buffer_.size() - end_ < least) {
        auto const used = waiting();
        if (buffer_.size() - used >= least) {
            std::memmove(buffer_.data(), buffer_.data() + begin_, used);
            moved_to_front(used);
        } else {
            adopt(byte_buffer(std::max(buffer_.size() * 2, used + least)));
        }
    }
    return spare();
}

result<std::optional<frame>> frame_reader::frame_at(std::size_t& at) const noexcept {
    auto const left = end_ - at;
    if (left < length_bytes) return std::nullopt;
    char const* const start = buffer_.data() + at;
    std::size_t const length = length_at(start);
    if (length == 0) return errc::frame_empty;
    if (length - 1 > payload_limit_) return looks_like_text(start) ? errc::not_milter : errc::frame_too_long;
    if (left - length_bytes < length) return std::nullopt;
    at += length_bytes + length;
    return frame{start[length_bytes], {start + length_bytes + 1, length - 1}};
}

result<std::optional<frame>> frame_reader::next() noexcept {
    return frame_at(begin_);
}

bool frame_reader::any_waiting(std::string_view letters) noexcept {
    auto at = std::max(looked_at_, begin_);
    for (auto one = frame_at(at); one.has_value() && *one; one = frame_at(at)) {
        if (letters.find((*one)->letter) != std::string_view::npos) return true;
        looked_at_ = at;
    }
    return false;
}

void frame_reader::moved_to_front(std::size_t used) noexcept {
    looked_at_ -= std::min(looked_at_, begin_);
    begin_ = 0;
    end_ = used;
}

bool frame_reader::cut_off() const noexcept {
    return mid_frame() && (waiting() < length_bytes || missing() != 0);
}

std::size_t frame_reader::missing() const noexcept {
    if (waiting() < length_bytes) return 0;
    auto const whole = length_bytes + length_at(buffer_.data() + begin_);
    return whole > waiting() ? whole - waiting() : 0;
}

byte_buffer frame_reader::adopt(byte_buffer other) noexcept {
    auto const used = waiting();
    if (used != 0) std::memcpy(other.data(), buffer_.data() + begin_, used);
    moved_to_front(used);
    return std::exchange(buffer_, std::move(other));
}

byte_buffer frame_reader::release() {
    auto const used = waiting();
    return adopt(used != 0 ? byte_buffer(used) : byte_buffer());
}

}  // namespace milterproto::core
