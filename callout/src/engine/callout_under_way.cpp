#include "engine/callout_under_way.hpp"

namespace callout {

callout_under_way::callout_under_way(world const& w, knowledge& known, politeness& limits,
                                     session_pool& sessions, observed_question&& observed_,
                                     core::shared_brief what_, terms const& how, schedule const& time_)
    : what(std::move(what_)),
      usual(how.usual),
      cache(how.cache),
      wanted(how.wanted),
      time(time_),
      observed(std::move(observed_)),
      report(how.watcher, observed, w.clock),
      waiters(w.clock),
      questions(w, usual->options, usual->destinations, known, limits, sessions, report, *what, cache, time) {
}

}  // namespace callout
