#include "core/dialogue_options.hpp"

#include "core/brief.hpp"
#include "core/random_name.hpp"

namespace callout::core {

dialogue_options::dialogue_options(brief const& what, random& chance)
    : helo(what.helo),
      recipient(what.address.address()),
      senders(what.senders),
      needs_smtputf8(what.address.needs_smtputf8()),
      tls(what.tls),
      rules(what.rules),
      max_recipients(what.max_recipients) {
    auto const& domain = what.address.domain();
    auto const& tests = what.tests;
    if (tests.random) random_recipient = random_name(chance, what.random_length) + '@' + domain;
    if (tests.postmaster || tests.fullpostmaster) postmasters.push_back("postmaster@" + domain);
    if (tests.fullpostmaster) postmasters.emplace_back("postmaster");  // RFC 5321 4.5.1
}

std::string dialogue_options::session_key(endpoint const& to, std::optional<ip_address> const& source) const {
    auto key = to.address().to_string() + '|' + std::to_string(to.port()) + '|' + helo + '|' +
               std::to_string(unsigned(tls)) + (via == protocol::lmtp ? "|lmtp|" : "|smtp|");
    if (source) key += source->to_string();
    for (auto const& sender : senders) key += '\n' + sender;  // a line end, which no address has
    return key;
}

}  // namespace callout::core
