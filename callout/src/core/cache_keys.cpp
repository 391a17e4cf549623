#include "core/cache_keys.hpp"

#include <algorithm>

#include "core/ascii.hpp"
#include "core/brief.hpp"
#include "core/fingerprint.hpp"

namespace callout::core {
namespace {

std::string_view word_of(host_mode mode) {
    switch (mode) {
        case host_mode::mxfirst: break;
        case host_mode::mxonly: return "|mxonly:";
        case host_mode::hostonly: return "|hostonly:";
        case host_mode::hostfirst: return "|hostfirst:";
    }
    return {};
}

/// The callout protocol's HOST may say something about the address that the domain's own servers do not.
std::string host_choice_of(brief const& what) {
    if (what.hosts.mode == host_mode::mxfirst) return {};
    return std::string(word_of(what.hosts.mode)) + in_lower_case(what.first_host());
}

std::string name_of(brief const& what) {
    return what.has_own_helo ? '|' + what.helo : std::string();
}

/// A line end separates the parts, because no address and no name has one.
std::string identity_of(brief const& what) {
    auto all = name_of(what);
    if (what.has_own_senders) {
        for (auto const& one : what.senders) all += '\n' + one;
    }
    if (what.has_own_tls) all += "\ntls=" + std::to_string(unsigned(what.tls));
    return all;
}

/// Returns as whom it is asked, and where: the port, or the hosts of a route.
std::string parameters_of(brief const& what) {
    std::string all;
    for (auto const& sender : what.senders) {
        all += all.empty() ? '|' : ',';
        all += sender.empty() ? "<>" : sender;
    }
    all += host_choice_of(what);
    if (what.route.empty()) all += '|' + std::to_string(what.port);
    for (auto const& one : what.route) {
        auto const how = one.via == protocol::lmtp ? "|lmtp:" : "|smtp:";
        all += how + one.host.text() + ':' + std::to_string(one.port);
    }
    return all + name_of(what);
}

/// Joins the parts in one allocation, because each question makes several keys.
std::string joined(std::string_view kind, std::string_view subject, std::string_view parameters) {
    std::string key;
    key.reserve(kind.size() + subject.size() + parameters.size());
    key.append(kind).append(subject).append(parameters);
    return key;
}

std::string connection_of(endpoint const& to, engine_options const& options) {
    auto const& source = options.source_for(to.address());
    return std::string(beginning_of_remotes) + to.address().to_string() + '|' +
           (source ? source->to_string() : "") + '|' + std::to_string(to.port());
}

}  // namespace

cache_keys::cache_keys(brief const& what) {
    auto const parameters = parameters_of(what);
    auto name = what.address.address();
    if (what.folds_local_part_case) name = in_lower_case(name);
    address = joined("v1:a:", name, parameters);
    domain = joined("v1:d:", what.address.domain(), parameters);
    domain_facts = joined("v1:f:", what.address.domain(), parameters);
    asked_as = identity_of(what);
    asked = fingerprint(name);
    asked_domain_ = what.address.domain();
}

key_kind kind_of(std::string_view key) noexcept {
    if (key.starts_with("v1:a:")) return key_kind::address;
    if (key.starts_with("v1:d:")) return key_kind::domain;
    if (key.starts_with(beginning_of_remotes)) return key_kind::remote;
    if (key.starts_with("v1:f:") || key.starts_with(beginning_of_host_facts)) return key_kind::facts;
    return key_kind::other;
}

std::string cache_keys::remote(endpoint const& to, engine_options const& options) const {
    return connection_of(to, options) + asked_as;
}

/// What stands after the port tells it from every other key: a name begins with "|", senders with a line end.
std::string cache_keys::remote_domain(endpoint const& to, engine_options const& options) const {
    return connection_of(to, options) + '@' + asked_domain_ + asked_as;
}

std::string cache_keys::host_facts(endpoint const& to) {
    return std::string(beginning_of_host_facts) + to.address().to_string() + '|' + std::to_string(to.port());
}

std::vector<std::string> beginnings_of_keys(mailbox const& address) {
    auto const name = address.address();
    // An engine that folds the case of local parts keeps the second one.
    return {joined("v1:a:", name, "|"), joined("v1:a:", in_lower_case(name), "|"),
            joined("v1:d:", address.domain(), "|"), joined("v1:f:", address.domain(), "|")};
}

std::optional<server_of_key> server_in(std::string_view key) noexcept {
    bool const is_remote = key.starts_with(beginning_of_remotes);
    if (!is_remote && !key.starts_with(beginning_of_host_facts)) return std::nullopt;
    key.remove_prefix(beginning_of_remotes.size());
    server_of_key found{key.substr(0, key.find('|')), {}};
    auto const source = std::min(key.find('|'), key.size());
    auto const port = std::min(key.find('|', source + 1), key.size());
    auto const end = std::min(key.find_first_of("@|\n", port + 1), key.size());
    if (!is_remote || end == key.size() || key[end] != '@') return found;
    auto const domain = key.substr(end + 1);
    found.domain = domain.substr(0, domain.find_first_of("|\n"));
    return found;
}

}  // namespace callout::core
