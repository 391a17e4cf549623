#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "milterproto/core/error.hpp"
#include "milterproto/core/limits.hpp"

namespace milterproto::core {

/// One packet: the letter and what follows it. The view points into the reader's buffer and lives until the
/// next `prepare`.
struct frame {
    char letter;
    std::string_view payload;
};

/// Memory for bytes that came. Connections pass it on: an idle connection owns none.
class byte_buffer {
public:
    byte_buffer() noexcept = default;
    explicit byte_buffer(std::size_t size)
        : bytes_(std::make_unique_for_overwrite<char[]>(size)), size_(size) {}
    char* data() const noexcept { return bytes_.get(); }
    std::size_t size() const noexcept { return bytes_ ? size_ : 0; }

private:
    std::unique_ptr<char[]> bytes_;
    std::size_t size_ = 0;
};

/// Cuts a byte stream into frames, however it arrives in pieces; the same code serves both directions.
/// Nothing is copied: bytes are read straight into the buffer, frames are views of it. Memory grows only with
/// bytes that came, never with what a length field promises.
class frame_reader {
public:
    explicit frame_reader(std::size_t payload_limit = limits::payload) noexcept
        : payload_limit_(payload_limit) {}

    void limit(std::size_t payload) noexcept { payload_limit_ = payload; }

    /// Returns room for at least `least` bytes after those that wait. Frames returned before are invalid from
    /// here on.
    std::span<char> prepare(std::size_t least = 16 * 1024);
    /// Returns the room that is there without moving anything: frames returned before stay valid. May be
    /// empty.
    std::span<char> spare() const noexcept { return {buffer_.data() + end_, buffer_.size() - end_}; }
    /// Tells that `count` bytes were written into that room.
    void commit(std::size_t count) noexcept { end_ += count; }

    /// Returns the next whole frame, nothing while it is incomplete, or an error if the stream is broken for
    /// good.
    [[nodiscard]] result<std::optional<frame>> next() noexcept;
    /// Returns whether a frame that waits whole has one of the letters, which must be the same at each call:
    /// frames that were looked at in vain are not looked at again. A broken stream ends the search.
    bool any_waiting(std::string_view letters) noexcept;

    /// Returns whether bytes of an unfinished frame wait.
    bool mid_frame() const noexcept { return begin_ != end_; }
    std::size_t waiting() const noexcept { return end_ - begin_; }
    std::string_view unread() const noexcept { return {buffer_.data() + begin_, waiting()}; }
    /// Returns whether what waits first is not a whole frame.
    bool cut_off() const noexcept;
    /// Returns how many bytes the unfinished frame still lacks, if its length is known; otherwise 0.
    std::size_t missing() const noexcept;
    std::size_t buffer_size() const noexcept { return buffer_.size(); }

    /// Goes on in `other`, which has room for what waits, and returns the former buffer. Frames returned
    /// before are invalid.
    byte_buffer adopt(byte_buffer other) noexcept;
    /// Returns the buffer. What waits is kept in memory of just its size; frames returned before are invalid.
    byte_buffer release();

private:
    result<std::optional<frame>> frame_at(std::size_t& at) const noexcept;
    void moved_to_front(std::size_t used) noexcept;

    std::size_t payload_limit_;
    byte_buffer buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::size_t looked_at_ = 0;  ///< up to here `any_waiting` has found nothing; may be before `begin_`
};

}  // namespace milterproto::core
