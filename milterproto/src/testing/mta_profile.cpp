#include <stdexcept>

#include "known_macros.hpp"
#include "milterproto/core/mta/mta_dialect.hpp"
#include "milterproto/rehearsal.hpp"

namespace milterproto {

namespace {

/// Returns the lists of the stages; headers and bodies have no list of their own.
std::array<std::string, core::macro_stages> own_lists(core::macro_rules const& rules) {
    std::array<std::string, core::macro_stages> lists;
    for (auto const& row : rules.defaults) {
        auto const stage = detail::macro_stage_of(row.with);
        if (stage) lists[static_cast<std::size_t>(*stage)] = row.names;
    }
    return lists;
}

}  // namespace

mta_profile mta_profile::postfix(std::uint32_t milter_protocol) {
    if (milter_protocol != 2 && milter_protocol != 3 && milter_protocol != 4 && milter_protocol != 6)
        throw std::logic_error("rehearsal: not a milter_protocol of Postfix: it has 2, 3, 4 and 6");
    auto const dialect = core::postfix(milter_protocol);
    mta_profile made(dialect.negotiation.offer, empty_list::default_macros);
    made.macros = own_lists(dialect.macros);
    return made;
}

mta_profile mta_profile::sendmail() {
    auto const dialect = core::sendmail();
    mta_profile made(dialect.negotiation.offer, empty_list::none);
    made.macros = own_lists(dialect.macros);
    return made;
}

}  // namespace milterproto
