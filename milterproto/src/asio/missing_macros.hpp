#pragma once

#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "milterproto/core/filter/macro_check.hpp"
#include "milterproto/core/limits.hpp"
#include "milterproto/server.hpp"

namespace milterproto::detail {

/// Remembers which missing macros an observer was told of, so that it hears of each once, and not from each
/// connection or thread.
class told_macros {
public:
    bool is_news(macro_stage stage, std::string_view name) {
        std::scoped_lock const hold(mutex_);
        return told_.size() != limits::missing_macros && told_.emplace(stage, name).second;
    }

private:
    std::mutex mutex_;
    std::set<std::pair<macro_stage, std::string>> told_;
};

/// Tells a server's observer of each missing macro once, when the first connection misses it.
class missing_macros {
public:
    explicit missing_macros(server_observer& told) noexcept : watcher_(told) {}

    void tell(milter_connection const& which, std::vector<core::missing_macro> const& missing) {
        for (auto const& one : missing) {
            if (told_.is_news(one.stage, one.name)) watcher_.on_missing_macro(which, one.stage, one.name);
        }
    }

private:
    server_observer& watcher_;
    told_macros told_;
};

}  // namespace milterproto::detail
