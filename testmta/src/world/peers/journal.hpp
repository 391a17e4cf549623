#pragma once

#include <chrono>
#include <cstdint>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>

#include "world/peers/received_message.hpp"

namespace boost::json {
class object;
}

namespace testmta::world {

/// Writes what the peers saw as JSON lines, once a file is open.
class journal {
public:
    enum class direction { connected, received, sent, secured, tls_failed, bounced, closed };

    journal() = default;
    /// Throws std::runtime_error if the file cannot be written.
    void open(std::string const& file);
    /// Returns why the file is not complete; empty if it is.
    std::string const& problem() const noexcept { return problem_; }

    /// One line of the log.
    struct event {
        std::uint64_t connection;
        std::string_view peer;
        std::string_view direction;
        std::string_view line;
        std::string_view json;
    };
    /// Has every event given to this function, whether a file is open or not.
    void watch(std::function<void(event const&)> by) { watcher_ = std::move(by); }

    /// Assigns the lines that follow to this entry of the world, and counts times from `start`.
    void begin(std::string entry, std::chrono::steady_clock::time_point start);
    std::uint64_t next_connection() noexcept { return ++connections_; }
    void record(std::uint64_t connection, std::string_view peer, direction way, std::string_view line,
                std::chrono::steady_clock::time_point when);

    /// Records a message with its fields; `number` is 0 if it was not accepted.
    void record(std::uint64_t connection, std::string_view peer, received_message const& what,
                std::uint64_t number, std::chrono::steady_clock::time_point when);

private:
    boost::json::object begin_event(std::uint64_t connection, std::string_view peer,
                                    std::string_view direction,
                                    std::chrono::steady_clock::time_point when) const;
    void write(boost::json::object const& what, std::uint64_t connection, std::string_view peer);
    bool is_wanted() const { return out_.is_open() || watcher_; }

    std::ofstream out_;
    std::function<void(event const&)> watcher_;
    std::string file_;
    std::string problem_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    std::string entry_;
    std::uint64_t connections_ = 0;
};

}  // namespace testmta::world
