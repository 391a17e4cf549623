#pragma once

#include <map>
#include <utility>
#include <vector>

#include "world/dns/dns_message.hpp"
#include "world/language/model.hpp"

namespace testmta::world::dns {

/// What a server of these zones does with a question.
class outcome {
public:
    dns::response response;
    bool silent = false;              ///< no answer at all
    bool truncated_over_udp = false;  ///< over UDP only the mark that there is more
    duration delay{};                 ///< before the answer
};

/// Which look-up was the first for a name's records of a type, for answers that change.
class memory {
public:
    /// A query that its asker sends again, because the answer was late or lost, is the same look-up.
    bool is_first(std::string const& name, query const& what) {
        auto const [first, is_new] = first_.try_emplace({name, what.type}, what.asker, what.id);
        return is_new || first->second == std::pair(what.asker, what.id);
    }

private:
    using lookup = std::pair<std::string, std::uint16_t>;
    std::map<std::pair<std::string, std::uint16_t>, lookup> first_;  // of names that a zone has
};

outcome look_up(std::vector<zone> const& zones, query const& what, memory& asked_before);

}  // namespace testmta::world::dns
