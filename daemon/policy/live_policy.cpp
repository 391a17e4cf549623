#include "policy/live_policy.hpp"

namespace vouchd {

judge live_policy::current() {
    auto values = live_.current();
    if (!made_ || !made_->is_of(values)) made_ = std::make_shared<policy const>(make_(std::move(values)));
    return judge(made_);
}

}  // namespace vouchd
