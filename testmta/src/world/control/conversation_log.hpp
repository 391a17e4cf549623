#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "world/peers/journal.hpp"

namespace testmta::world {

/// Keeps the latest conversations that clients had with peers, and tells subscribers of every event. What
/// clients can make grow is bounded: the oldest conversations are forgotten, and of a very long one the end.
class conversation_log {
public:
    class conversation {
    public:
        std::uint64_t id = 0;
        std::string peer;
        std::string client;
        bool has_ended = false;
        bool is_cut = false;              ///< there were more events
        std::vector<std::string> events;  ///< as JSON
        std::size_t octets = 0;
    };
    static constexpr std::size_t most_conversations = 1000;

    void add(journal::event const& what);
    std::deque<conversation> const& latest() const noexcept { return latest_; }
    /// Returns nothing if it is not known, or forgotten.
    conversation const* find(std::uint64_t id) const;
    /// Returns how many were forgotten because there were too many.
    std::uint64_t forgotten() const noexcept { return forgotten_; }
    /// Forgets all. Those that go on are known again when something happens in them.
    void clear();

    using subscriber = std::function<void(std::string_view json)>;
    std::uint64_t subscribe(subscriber who);
    void unsubscribe(std::uint64_t number) { subscribers_.erase(number); }

private:
    static constexpr std::size_t most_octets = 64 * 1024 * 1024;
    static constexpr std::size_t most_octets_of_one = 1024 * 1024;

    conversation& conversation_of(journal::event const& what);
    void forget_the_oldest();

    std::deque<conversation> latest_;  // in the order of their ids
    std::size_t octets_ = 0;
    std::uint64_t forgotten_ = 0;
    std::map<std::uint64_t, subscriber> subscribers_;
    std::uint64_t subscribed_ = 0;
};

}  // namespace testmta::world
