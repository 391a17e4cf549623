#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "milterproto/core/macro_check.hpp"
#include "milterproto/server.hpp"

namespace milterproto::detail {

/// Tells a server's observer of each missing macro once, whichever connection misses it first.
class missing_macros {
public:
    explicit missing_macros(server_observer& told) noexcept : watcher_(told) {}

    void tell(milter_connection const& which, std::vector<core::missing_macro> const& missing) {
        for (auto const& one : missing) {
            if (told_.size() == limits::missing_macros) return;
            if (told_.emplace(one.stage, one.name).second)
                watcher_.on_missing_macro(which, one.stage, one.name);
        }
    }

private:
    server_observer& watcher_;
    std::set<std::pair<macro_stage, std::string>> told_;
};

}  // namespace milterproto::detail
