#include "core/canaries.hpp"

#include <algorithm>

namespace callout::core {

void canaries::answered_for(std::string const& domain, steady_time now) {
    if (now < next_) return;
    next_ = now + apart;
    if (std::ranges::count(names_, domain) != 0) return;
    names_.push_front(domain);
    if (names_.size() > most) names_.pop_back();
}

}  // namespace callout::core
