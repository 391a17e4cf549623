#include "core/holdings.hpp"

namespace callout::core {

bool holdings::has_room(party const& who) const {
    return may_have_another(who, held_by(who), size_, most_);
}

void holdings::add(party const& who) {
    ++held_[who];
    ++size_;
}

void holdings::remove(party const& who) {
    auto const found = held_.find(who);
    if (found == held_.end()) return;
    --size_;
    if (--found->second == 0) held_.erase(found);
}

void holdings::clear() noexcept {
    held_.clear();
    size_ = 0;
}

std::size_t holdings::held_by(party const& who) const {
    auto const found = held_.find(who);
    return found == held_.end() ? 0 : found->second;
}

}  // namespace callout::core
