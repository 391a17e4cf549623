#include "core/itinerary.hpp"

#include <algorithm>

#include "core/synthetic.hpp"

namespace callout::core {
namespace {

bool is_at_home(ip_address const& address) {
    return address.is_loopback() || address.is_unspecified();
}

/// Returns what it means that the fence keeps us from an address.
finding finding_of(fence_verdict const& refusal, std::string const& host, ip_address const& address,
                   loopback_mx loopback) {
    auto const text = host + " [" + address.to_string() + "]: " + refusal.rule;
    bool const wants_no_mail = !refusal.own && loopback == loopback_mx::fail && is_at_home(address);
    auto const why = refusal.own ? reason::self : reason::forbidden_target;
    auto v = wants_no_mail ? verdict_by_fact(status::fail, reason::no_service, scope::domain, text)
                           : verdict_by_fact(status::error, why, scope::self, text);
    return finding(std::move(v), next_step::next_address);
}

}  // namespace

itinerary::itinerary(engine_options const& options, mode pace)
    : most_connections_(pace == mode::soft ? options.max_connects_soft : options.max_connects_hard),
      most_addresses_(options.max_addresses_per_mx),
      loopback_(options.loopback_mx) {}

itinerary::step itinerary::start(host_plan plan) {
    hosts_ = std::move(plan.hosts);
    if (plan.beyond_limits > 0) findings_.leave_out(reason::unreachable);
    return next_host();
}

itinerary::step itinerary::resume() {
    return next_host();
}

itinerary::step itinerary::resume(std::vector<ip_address> ordered) {
    addresses_ = std::move(ordered);
    return next_address();
}

itinerary::step itinerary::resume(fence_verdict const& verdict) {
    if (verdict.allowed) return approach();
    auto const& host = here();
    if (verdict.own) own_preference_ = std::min(own_preference_.value_or(host.preference), host.preference);
    return resume(finding_of(verdict, host.name, address_, loopback_));
}

itinerary::step itinerary::resume(finding f) {
    auto const then = f.then;
    bool const is_best = here().preference == hosts_.front().preference;
    findings_.add(std::move(f), is_best ? rank::best : rank::backup);
    return then == next_step::next_address ? next_address() : next_host();
}

itinerary::step itinerary::resume(finding f, unsigned connections,
                                  std::optional<ip_address> const& taken_early) {
    connections_ += connections;
    if (taken_early) {
        std::erase(addresses_, *taken_early);
        ++tried_;
    }
    return resume(std::move(f));
}

itinerary::step itinerary::give_up(reason why) {
    findings_.leave_out(why);
    over_ = true;
    return step(step::kind::done);
}

itinerary::step itinerary::next_host() {
    addresses_.clear();
    tried_ = 0;
    if (over_ || findings_.settled() || next_ == hosts_.size()) return step(step::kind::done);
    auto const& host = hosts_[next_++];
    if (has_enough_connections()) {
        over_ = true;
        return leave_out_for_now(host);
    }
    if (is_ourselves_or_worse(host)) return step(host, "not preferred to ourselves");
    auto const literal = address_of(host.name);
    if (!literal) return step(step::kind::look_up, host, ip_address());
    addresses_.push_back(*literal);
    return next_address();
}

itinerary::step itinerary::next_address() {
    if (addresses_.empty() || is_ourselves_or_worse(here())) return next_host();
    address_ = addresses_.front();
    addresses_.erase(addresses_.begin());
    return here().is_routed ? approach() : step(step::kind::check, here(), address_);
}

/// Returns the step to the address, if no limit is in the way.
itinerary::step itinerary::approach() {
    auto const& host = here();
    if (has_enough_connections()) return leave_out_for_now(host);
    if (++tried_ <= most_addresses_) return step(step::kind::connect, host, address_);
    findings_.leave_out(reason::unreachable);
    return step(host, "beyond max_addresses_per_mx");
}

itinerary::step itinerary::leave_out_for_now(mail_host const& host) {
    findings_.leave_out(reason::unreachable);
    return step(host, "enough connections for one question");
}

/// Returns whether the host is ourselves, or not preferred to ourselves: RFC 5321 5.1 leaves these out.
bool itinerary::is_ourselves_or_worse(mail_host const& host) const noexcept {
    return own_preference_ && host.preference >= *own_preference_;
}

}  // namespace callout::core
