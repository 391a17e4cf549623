#pragma once

#include <map>
#include <utility>
#include <vector>

#include "world/dns/dns_message.hpp"
#include "world/language/model.hpp"

namespace testmta::world::dns {

/// What the server does with a question.
class outcome {
public:
    dns::response response;
    bool silent = false;              ///< no answer at all
    bool truncated_over_udp = false;  ///< over UDP the answer is empty and marked as truncated
    duration delay{};                 ///< before the answer
};

/// Remembers which lookup was the first for a name and type, for answers that change.
class memory {
public:
    /// Returns whether this is the first lookup. A query that the client sends again, because the answer was
    /// late or lost, is the same lookup.
    bool is_first(std::string const& name, query const& what) {
        auto const [first, is_new] = first_.try_emplace({name, what.type}, what.client, what.id);
        return is_new || first->second == std::pair(what.client, what.id);
    }

private:
    using lookup = std::pair<std::string, std::uint16_t>;
    std::map<std::pair<std::string, std::uint16_t>, lookup>
        first_;  // only for names that a zone has, so it cannot grow without limit
};

/// Answers a query from the zones.
outcome look_up(std::vector<zone> const& zones, query const& what, memory& earlier);

}  // namespace testmta::world::dns
