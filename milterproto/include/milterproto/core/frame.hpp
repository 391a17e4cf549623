#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "milterproto/error.hpp"
#include "milterproto/limits.hpp"

namespace milterproto::core {

/// One packet: the letter and what follows it. The view points into the reader's buffer and lives until the
/// next `prepare`.
struct frame {
    char letter;
    std::string_view payload;
};

/// Cuts a byte stream into frames, whatever its pieces; the same code for both directions. Nothing is copied:
/// bytes are read straight into the buffer, frames are views of it. Memory grows only with bytes that came,
/// never with what a length field promises.
class frame_reader {
public:
    explicit frame_reader(std::size_t payload_limit = limits::payload) noexcept
        : payload_limit_(payload_limit) {}

    void limit(std::size_t payload) noexcept { payload_limit_ = payload; }

    /// Room for at least `least` bytes behind those that wait. Frames handed out before are void from here
    /// on.
    std::span<char> prepare(std::size_t least = 16 * 1024);
    /// So many bytes were written into that room.
    void commit(std::size_t count) noexcept { end_ += count; }

    /// The next whole frame; nothing while it is incomplete; an error where the stream is broken for good.
    result<std::optional<frame>> next() noexcept;

    /// Do bytes of an unfinished frame wait?
    bool mid_frame() const noexcept { return begin_ != end_; }
    /// Gives the buffer back while the connection is idle and nothing waits in it.
    void release() noexcept;

private:
    std::size_t payload_limit_;
    std::unique_ptr<char[]> buffer_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace milterproto::core
