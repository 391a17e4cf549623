#pragma once

#include <algorithm>
#include <map>
#include <stdexcept>

#include "world/live/changeable_world.hpp"

namespace testmta::world {

/// A world without sockets.
class fake_world final : public changeable_world {
public:
    description const& what() const override { return what_; }
    ports where() const override { return {2525, 5353}; }
    peer_memory const* memory_of(std::string_view) const override { return nullptr; }
    void replace(description what) override {
        if (!problem.empty()) throw std::runtime_error(problem);
        what_ = std::move(what);
    }
    bool replace_rules(std::string_view peer_name, std::vector<rule> rules) override {
        auto const found = std::ranges::find(what_.peers, peer_name, &peer::name);
        if (found == what_.peers.end()) return false;
        found->rules = std::move(rules);
        return true;
    }

    std::string problem;  ///< why no world can listen; empty if it can

private:
    description what_;
};

}  // namespace testmta::world
