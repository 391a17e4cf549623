#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

namespace milterproto {

/// Limits how many connections the servers that share it have at once, all together. Any thread may use it:
/// the system chooses which thread accepts, so a share for each thread would turn clients away while others
/// have room.
class connection_limit {
public:
    explicit connection_limit(std::size_t most) noexcept : free_(most) {}
    connection_limit(connection_limit const&) = delete;

    /// Takes one place, and returns whether one was free.
    [[nodiscard]] bool take() noexcept {
        auto left = free_.load(std::memory_order_relaxed);
        while (left != 0) {
            if (free_.compare_exchange_weak(left, left - 1, std::memory_order_relaxed)) return true;
        }
        return false;
    }
    void give_back() noexcept { free_.fetch_add(1, std::memory_order_relaxed); }

private:
    std::atomic<std::size_t> free_;
};

/// The place of one connection; its destructor gives the place back. For the library.
class connection_place {
public:
    /// Returns nothing if no place is free.
    [[nodiscard]] static std::optional<connection_place> in(std::shared_ptr<connection_limit> const& limit) {
        if (!limit->take()) return std::nullopt;
        return connection_place(limit);
    }
    connection_place(connection_place&&) noexcept = default;
    ~connection_place() { leave(); }

    void leave() noexcept {
        if (auto const limit = std::move(limit_)) limit->give_back();
    }

private:
    explicit connection_place(std::shared_ptr<connection_limit> limit) noexcept : limit_(std::move(limit)) {}

    std::shared_ptr<connection_limit> limit_;
};

}  // namespace milterproto
