#pragma once

#include "callout/request.hpp"

namespace callout {

/// How an answer is wanted; equal questions may differ in it. As made here: for the cache alone, while nobody
/// waits.
class terms {
public:
    terms() {}
    explicit terms(request const& asked)
        : cache(asked.cache), wanted(asked.purpose), pace(asked.mode), watcher(asked.watcher) {}
    cache_use cache = cache_use::refresh;
    purpose wanted = purpose::sender;
    mode pace = mode::hard;
    observer* watcher = nullptr;
};

}  // namespace callout
