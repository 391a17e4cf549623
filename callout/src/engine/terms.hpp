#pragma once

#include "callout/engine_observer.hpp"
#include "callout/request.hpp"
#include "engine/settings.hpp"

namespace callout {

/// How an answer is wanted, and why; equal questions may differ in it.
class terms {
public:
    terms(request const& asked, shared_settings usual_)
        : usual(std::move(usual_)),
          cache(asked.cache),
          wanted(asked.purpose),
          pace(asked.mode),
          watcher(asked.watcher) {}
    /// For the cache alone, while nobody waits.
    terms(purpose wanted_, question_cause why_, shared_settings usual_)
        : usual(std::move(usual_)), wanted(wanted_), why(why_) {}
    shared_settings usual;
    cache_use cache = cache_use::refresh;
    purpose wanted;
    mode pace = mode::hard;
    observer* watcher = nullptr;
    question_cause why = question_cause::asked;
};

}  // namespace callout
