#pragma once

#include <map>
#include <utility>
#include <vector>

#include "dns_message.hpp"
#include "model.hpp"

namespace testmta::world::dns {

/// What a server of these zones does with a question.
class outcome {
public:
    dns::response response;
    bool silent = false;              ///< no answer at all
    bool truncated_over_udp = false;  ///< over UDP only the mark that there is more
    duration delay{};                 ///< before the answer
};

/// How often a name was asked for its records of a type, for answers that change.
class memory {
public:
    bool is_first(std::string const& name, std::uint16_t type) { return counts_[{name, type}]++ == 0; }

private:
    std::map<std::pair<std::string, std::uint16_t>, std::uint64_t> counts_;  // of names that a zone has
};

outcome look_up(std::vector<zone> const& zones, query const& what, memory& asked_before);

}  // namespace testmta::world::dns
