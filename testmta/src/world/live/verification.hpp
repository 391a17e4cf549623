#pragma once

#include <boost/asio/awaitable.hpp>
#include <iosfwd>
#include <string>
#include <vector>

#include "world/live/live_world.hpp"

namespace testmta::world {

/// What an entry says that a peer sees, and how often the peer has seen it.
class verified {
public:
    std::string number;
    std::string title;
    std::string expected;
    std::uint32_t seen = 0;
    amount wanted;

    bool passed() const noexcept { return seen >= wanted.least && seen <= wanted.most; }
};
using verification = std::vector<verified>;

bool has_something_to_verify(description const& what);
/// Judges a world by what the clients did that were connected to it.
verification verify(live_world const& world);
/// Waits until peers have read what was sent to them: shortly, and for something that is missing a little
/// longer, so that a slow machine makes the judgement late and not wrong.
boost::asio::awaitable<void> settle(live_world const& world);

/// Writes a table for a person.
void print(std::ostream& out, verification const& results);
/// Writes one line of JSON for a program.
void print_json(std::ostream& out, verification const& results);

}  // namespace testmta::world
