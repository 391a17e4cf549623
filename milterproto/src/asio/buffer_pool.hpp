#pragma once

#include <vector>

#include "milterproto/core/wire/frame.hpp"

namespace milterproto::detail {

/// Read buffers for the connections of one server. A connection has a large one while its bytes are
/// processed; a connection that waits for its MTA has none, or a small one with the beginning of a frame. So
/// memory follows what is busy, and what is busy stays in the processor's cache.
class buffer_pool {
public:
    /// Room for the beginning of a frame of the usual size.
    static constexpr std::size_t small_size = 68 * 1024;
    /// Nearly all that a unix socket holds: a sender that is woken for each piece of what it has written
    /// costs more than the pieces.
    static constexpr std::size_t large_size = limits::read_ahead;

    core::byte_buffer take_large() { return take(large_, large_size); }
    core::byte_buffer take_small() { return take(small_, small_size); }
    /// Takes back a buffer, and keeps it if others can use its size, too.
    void give(core::byte_buffer buffer) {
        if (buffer.size() == large_size) return keep(large_, std::move(buffer));
        if (buffer.size() == small_size) keep(small_, std::move(buffer));
    }

private:
    using buffers = std::vector<core::byte_buffer>;
    static constexpr std::size_t most_free = 16;

    static core::byte_buffer take(buffers& from, std::size_t size) {
        if (from.empty()) return core::byte_buffer(size);
        auto buffer = std::move(from.back());
        from.pop_back();
        return buffer;
    }
    static void keep(buffers& in, core::byte_buffer buffer) {
        if (in.size() < most_free) in.push_back(std::move(buffer));
    }

    buffers large_;
    buffers small_;
};

}  // namespace milterproto::detail
