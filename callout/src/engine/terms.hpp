#pragma once

#include "callout/engine_observer.hpp"
#include "callout/request.hpp"

namespace callout {

/// How an answer is wanted, and why; equal questions may differ in it.
class terms {
public:
    explicit terms(request const& asked)
        : cache(asked.cache), wanted(asked.purpose), pace(asked.mode), watcher(asked.watcher) {}
    /// For the cache alone, while nobody waits.
    terms(purpose wanted_, question_cause why_) : wanted(wanted_), why(why_) {}
    cache_use cache = cache_use::refresh;
    purpose wanted;
    mode pace = mode::hard;
    observer* watcher = nullptr;
    question_cause why = question_cause::asked;
};

}  // namespace callout
