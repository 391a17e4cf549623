#include "core/fair_line.hpp"

#include <algorithm>

namespace callout::core {

void fair_line::add(party const& who, ticket number) {
    lines_[who].insert(number);
    ++size_;
}

void fair_line::remove(party const& who, ticket number) {
    auto const found = lines_.find(who);
    if (found == lines_.end()) return;
    size_ -= found->second.erase(number);
    if (found->second.empty()) lines_.erase(found);
}

std::optional<fair_line::ticket> fair_line::first_of(party const& who) const {
    auto const found = lines_.find(who);
    return found == lines_.end() ? std::nullopt : std::optional(*found->second.begin());
}

std::size_t fair_line::turns_until(party const& who) const {
    auto const found = lines_.find(who);
    auto const before = found == lines_.end() ? 0 : found->second.size();
    auto const parties = lines_.size() + (before == 0 ? 1 : 0);
    return std::min(size_ + 1, (before + 1) * parties);
}

}  // namespace callout::core
