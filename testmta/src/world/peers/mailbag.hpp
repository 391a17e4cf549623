#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <string>

#include "world/peers/received_message.hpp"

namespace testmta::world {

/// Keeps the latest messages that peers have accepted, and writes each into a folder if there is one.
class mailbag {
public:
    struct kept {
        std::uint64_t number;
        std::string peer;
        std::shared_ptr<received_message const> what;
    };

    /// Throws std::runtime_error if the folder cannot be made.
    void save_in(std::filesystem::path folder);
    /// Returns the message's number, and has written it.
    std::uint64_t add(std::string peer, std::shared_ptr<received_message const> what);
    std::deque<kept> const& latest() const noexcept { return latest_; }
    /// Returns why a message could not be written; empty if all were.
    std::string const& problem() const noexcept { return problem_; }
    void clear();

private:
    static constexpr std::size_t most_messages = 1000;
    static constexpr std::size_t most_octets = 2 * transaction::most_octets;

    std::deque<kept> latest_;
    std::size_t octets_ = 0;  // of the latest
    std::uint64_t added_ = 0;
    std::filesystem::path folder_;
    std::string problem_;
};

}  // namespace testmta::world
