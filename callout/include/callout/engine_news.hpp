#pragma once

#include <functional>

namespace callout {

/// Which share of the domains that are asked about is said to be missing, between 0 and 1.
struct missing_domains {
    double of_late = 0;
    double usually = 0;
};

/// What the operator of an engine should know. Each may be empty.
class engine_news {
public:
    engine_news() {}
    /// DNS says of far more domains than usual that they are missing, and is not believed from now on: such
    /// answers become transient/dns. Called once, until it is believed again.
    std::function<void(missing_domains const& shares)> dns_doubted;
    std::function<void(missing_domains const& shares)> dns_believed;
};

}  // namespace callout
