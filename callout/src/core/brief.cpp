#include "core/brief.hpp"

namespace callout::core {
namespace {

std::vector<std::string> usual_senders(engine_options const& options) {
    std::vector<std::string> all(1);
    if (options.fallback_sender) all.push_back(options.fallback_sender->address());
    return all;
}

std::vector<std::string> senders_of(request const& asked, engine_options const& options) {
    if (asked.senders.empty()) return usual_senders(options);
    std::vector<std::string> all;
    all.reserve(asked.senders.size());
    for (auto const& one : asked.senders) all.push_back(one ? one->address() : std::string());
    return all;
}

/// Takes the question's own route. The engine's is for questions that leave the choice of hosts to it.
route take_route(request& asked, std::string const& domain, engine_options const& options) {
    if (!asked.route.empty() || asked.hosts.names_a_host()) return std::move(asked.route);
    auto const found = options.routes.find(domain);
    return found == options.routes.end() ? route() : found->second;
}

}  // namespace

brief::brief(request&& asked, engine_options const& options)
    : address(std::move(asked.address)),
      tests(asked.tests),
      client(asked.who.client),
      route(take_route(asked, address.domain(), options)),
      hosts(std::move(asked.hosts)),
      port(options.port),
      implicit_mx(options.implicit_mx && hosts.mode != host_mode::mxonly),
      helo((asked.helo ? *asked.helo : options.helo).text()),
      senders(senders_of(asked, options)),
      tls(asked.tls.value_or(options.tls)),
      has_own_helo(helo != options.helo.text()),
      has_own_senders(!asked.senders.empty() && senders != usual_senders(options)),
      has_own_tls(tls != options.tls),
      soft(asked.timeouts.value_or(options.soft)),
      hard(asked.timeouts.value_or(options.hard)),
      reuses_sessions(options.reuse_sessions && !has_own_helo),  // a one-off name leaves no session
      max_recipients(options.max_rcpt_per_session),
      rules(options.reply_rules),
      random_length(options.catch_all_local_part_length),
      folds_local_part_case(options.fold_local_part_case),
      keys(*this) {}

std::string const& brief::first_host() const noexcept {
    return hosts.names_a_host() ? hosts.host->text() : address.domain();
}

}  // namespace callout::core
