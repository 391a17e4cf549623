#pragma once

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

outcome look_up(std::vector<zone> const& zones, query const& what);

}  // namespace testmta::world::dns
