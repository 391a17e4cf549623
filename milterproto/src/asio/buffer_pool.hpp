#pragma once

#include <vector>

#include "milterproto/core/wire/frame.hpp"

namespace milterproto::detail {

/// Read buffers for the connections of one server. A connection has one while octets of it wait or are looked
/// at; one that waits for its MTA has none, so memory follows what is busy, and what is busy stays in the
/// processor's cache.
class buffer_pool {
public:
    /// One read of 128 KiB, and behind it room for the rest of the frame that it leaves unfinished, which
    /// then need not be moved.
    static constexpr std::size_t one_read = 128 * 1024;
    static constexpr std::size_t buffer_size = 192 * 1024;

    core::octet_buffer take() {
        if (free_.empty()) return core::octet_buffer(buffer_size);
        auto buffer = std::move(free_.back());
        free_.pop_back();
        return buffer;
    }
    void give(core::octet_buffer buffer) {
        // What a long frame made larger, or what kept a rest, is not of the common size.
        if (buffer.size() == buffer_size && free_.size() < most_free) free_.push_back(std::move(buffer));
    }

private:
    static constexpr std::size_t most_free = 16;
    std::vector<core::octet_buffer> free_;
};

}  // namespace milterproto::detail
