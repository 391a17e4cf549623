#include "engine/shared_fetches.hpp"

#include <boost/asio/co_spawn.hpp>
#include <exception>

namespace callout {

std::shared_ptr<shared_fetch> shared_fetches::begin(std::shared_ptr<void const> owner,
                                                    core::brief const& what, steady_time until) {
    if (!world_.shared || world_.clock.now() >= until) return nullptr;
    auto const& key = what.keys.address;
    if (auto const found = under_way_.find(key); found != under_way_.end()) return found->second;
    auto lacking = known_.lacking(what.keys, what.tests);
    if (lacking.empty()) return nullptr;
    auto const one = std::make_shared<shared_fetch>(std::move(lacking));
    start(std::move(owner), key, one, until);
    return one;
}

/// The question goes on whoever leaves. One that fails has found nothing.
void shared_fetches::start(std::shared_ptr<void const> owner, std::string const& key, shared const& one,
                           steady_time until) {
    under_way_.emplace(key, one);
    auto const over = [this, owner = std::move(owner), key, one](std::exception_ptr const& failed,
                                                                 answer const& found) {
        if (!failed) known_.take_in(*one, found);
        finish(key, one);
    };
    try {
        boost::asio::co_spawn(executor_, world_.shared->fetch(one->keys, until), over);
    } catch (...) {
        finish(key, one);
    }
}

void shared_fetches::finish(std::string const& key, shared const& one) {
    under_way_.erase(key);
    one->release();
    if (under_way_.empty()) over_->give();
}

void shared_fetches::stop() {
    for (auto const& [key, one] : under_way_) one->release();
}

}  // namespace callout
