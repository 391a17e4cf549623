#include "submission/batch.hpp"

#include <algorithm>
#include <array>

namespace submission {

std::string_view to_string(message_stage which) noexcept {
    static constexpr auto words = std::to_array<std::string_view>(
        {"not_sent", "mail", "rcpt", "data", "end_of_data", "bdat", "aborted", "unknown"});
    static_assert(words.size() == std::size_t(message_stage::unknown) + 1);
    return words[std::size_t(which)];
}

bool message::is_open() const noexcept {
    return std::ranges::any_of(recipients, [](recipient const& one) { return one.fate == fate::open; });
}

void message::retry_unknown() noexcept {
    for (auto& one : recipients)
        if (one.fate == fate::unknown) one.reset();
}

result<etrn> etrn::make(std::string_view node, char option) {
    bool const knows_option = option == 0 || option == '@' || option == '#';
    // A queue has a name of its own: it need not be a host name, but it is one word as well.
    auto const name = callout::host_name::parse(node);
    if (!knows_option || !name) return errc::etrn_syntax;
    return etrn(name->text(), option);
}

bool batch::has_work() const noexcept {
    return std::ranges::any_of(messages, &message::is_open) ||
           std::ranges::any_of(etrns, [](etrn const& one) { return !one.complete(); });
}

}  // namespace submission
