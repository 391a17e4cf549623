#include "core/repeated_refusals.hpp"

#include <algorithm>

#include "core/fingerprint.hpp"

namespace callout::core {

void repeated_refusals::refusal::add(std::uint64_t address) noexcept {
    auto const end = addresses.begin() + static_cast<std::ptrdiff_t>(count);
    bool const is_known = std::find(addresses.begin(), end, address) != end;
    if (count < enough && !is_known) addresses[count++] = address;
}

bool repeated_refusals::refused(std::string const& host, std::string_view text, std::string_view address) {
    auto* all = hosts_.find(host);
    if (all == nullptr) {
        hosts_.put(host, {});
        all = hosts_.find(host);
    }
    auto const wanted = fingerprint(text);
    auto const known = std::ranges::find(*all, wanted, &refusal::text);
    if (known != all->end()) {
        std::rotate(known, known + 1, all->end());
    } else {
        if (all->size() == most_texts) all->erase(all->begin());
        all->emplace_back().text = wanted;
    }
    all->back().add(fingerprint(address));
    return all->back().count == enough;
}

}  // namespace callout::core
