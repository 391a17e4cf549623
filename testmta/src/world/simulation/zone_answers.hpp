#pragma once

#include <string>
#include <vector>

#include "callout/testing/zone.hpp"
#include "world/peers/dns_lookup.hpp"

namespace testmta::world {

/// Answers from the zones of a world, as a resolver that asks its name server would.
class zone_answers {
public:
    explicit zone_answers(std::vector<zone> const& zones) : zones_(&zones) {}

    callout::testing::timed_answer operator()(std::string const& name, callout::record_type type);

private:
    std::vector<zone> const* zones_;
    dns::memory earlier_;
    std::uint16_t asked_ = 0;
};

}  // namespace testmta::world
