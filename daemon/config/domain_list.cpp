#include "config/domain_list.hpp"

#include <algorithm>
#include <boost/algorithm/string/case_conv.hpp>

namespace vouchd {

domain_list::domain_list(std::vector<std::string> entries) : entries_(std::move(entries)) {
    for (auto& entry : entries_) boost::algorithm::to_lower(entry, std::locale::classic());
}

std::string const* domain_list::find(std::string_view domain) const {
    auto const holds = [domain](std::string const& entry) {
        return entry == "*" || entry == domain || (entry.starts_with('.') && domain.ends_with(entry));
    };
    auto const found = std::ranges::find_if(entries_, holds);
    return found == entries_.end() ? nullptr : &*found;
}

}  // namespace vouchd
