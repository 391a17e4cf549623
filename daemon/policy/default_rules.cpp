#include "policy/default_rules.hpp"

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>
#include <string>

namespace vouchd {

namespace {

class null_sender final : public rule {
public:
    std::string_view name() const noexcept override { return "null-sender"; }
    std::optional<ruling> at_once(subject const& sender) const override {
        if (sender.is_null()) return ruling::spare({"the sender is <>"});
        return ruling::go_on({"the sender is not <>"});
    }
};

class authenticated final : public rule {
public:
    std::string_view name() const noexcept override { return "authenticated"; }
    std::optional<ruling> at_once(subject const& sender) const override {
        if (sender.authenticated) return ruling::spare({"the client has authenticated"});
        return ruling::go_on({"no authentication"});
    }
};

/// Sendmail's name for a program on this machine that hands in mail by a pipe or a unix socket. A client that
/// came over the network has an address, and "unknown" without an address may be anybody.
constexpr std::string_view local_program = "localhost";

class own_networks final : public rule {
public:
    explicit own_networks(std::vector<callout::network> const& ours) : ours_(ours) {}
    std::string_view name() const noexcept override { return "own-networks"; }

    std::optional<ruling> at_once(subject const& sender) const override {
        auto const& client = sender.who.client;
        if (!client && sender.who.client_name == local_program)
            return ruling::spare({"the client is a program on this machine (localhost, without an address)"});
        if (!client) return ruling::go_on({"no client address"});
        auto const own =
            std::ranges::find_if(ours_, [&](auto const& network) { return network.contains(*client); });
        if (own == ours_.end())
            return ruling::go_on({remark::about::client, " is in none of lists.own_networks"});
        return ruling::spare(client->to_string() + " is in " + own->to_string());
    }

private:
    std::vector<callout::network> const& ours_;
};

std::string in_entry(std::string_view domain, std::string_view list, std::string_view entry) {
    return std::string(domain).append(" is in ").append(list).append(" (").append(entry).append(")");
}

/// Spares the senders of the domains in one list.
class listed_sender final : public rule {
public:
    /// `key` is the list's name in the configuration, and `elsewhere` is what is said of a domain that is not
    /// in it.
    listed_sender(std::string_view name, domain_list const& list, std::string_view key, remark elsewhere)
        : name_(name), list_(list), key_(key), elsewhere_(std::move(elsewhere)) {}
    std::string_view name() const noexcept override { return name_; }

    std::optional<ruling> at_once(subject const& sender) const override {
        if (!sender.address) return ruling::go_on({"the sender is not a valid address"});
        auto const& domain = sender.address->domain();
        auto const* const entry = list_.find(domain);
        if (entry == nullptr) return ruling::go_on(elsewhere_);
        return ruling::spare(in_entry(domain, key_, *entry));
    }

private:
    std::string_view name_;
    domain_list const& list_;
    std::string_view key_;
    remark elsewhere_;
};

bool equals(std::string_view a, std::string_view b) {
    return boost::algorithm::iequals(a, b, std::locale::classic());
}

/// Compares a local part, which may stand in quotes, with the name of a role.
bool is_role(std::string_view local_part, std::string_view role) {
    bool const is_quoted = local_part.size() > 2 && local_part.starts_with('"');
    return equals(is_quoted ? local_part.substr(1, local_part.size() - 2) : local_part, role);
}

/// RFC 5321 4.5.1: a sender that is refused must be able to write to the postmaster about it. RFC 2142 4
/// names abuse.
class role_recipients final : public rule {
public:
    explicit role_recipients(domain_list const& ours) : ours_(ours) {}
    std::string_view name() const noexcept override { return "role-recipients"; }

    std::optional<ruling> at_once(subject const& sender) const override {
        auto const& path = sender.recipient;
        if (path.empty()) return ruling::go_on({"no recipient was named"});
        if (equals(path, "<postmaster>") || equals(path, "postmaster"))
            return ruling::spare("the recipient is " + path, reach::recipient);
        auto const recipient = callout::mailbox::parse(path);
        if (!recipient) return ruling::go_on({"the recipient is not a valid address"});
        auto const& role = recipient->local_part();
        if (!is_role(role, "postmaster") && !is_role(role, "abuse"))
            return ruling::go_on({"the recipient is neither postmaster nor abuse"});
        return of_role("the recipient is " + role + ", and ", recipient->domain());
    }

private:
    ruling of_role(std::string why, std::string const& domain) const {
        auto const* const entry = ours_.find(domain);
        if (entry == nullptr) return ruling::go_on(why + domain + " is not in lists.local_domains");
        return ruling::spare(why + in_entry(domain, "lists.local_domains", *entry), reach::recipient);
    }

    domain_list const& ours_;
};

}  // namespace

std::vector<std::unique_ptr<step const>> default_rules(config const& values) {
    std::vector<std::unique_ptr<step const>> rules;
    rules.push_back(std::make_unique<null_sender>());
    rules.push_back(std::make_unique<authenticated>());
    rules.push_back(std::make_unique<own_networks>(values.lists.own_networks));
    rules.push_back(std::make_unique<listed_sender>(
        "own-domains", values.lists.local_domains, "lists.local_domains",
        remark(remark::about::sender_domain, " is not in lists.local_domains")));
    rules.push_back(std::make_unique<listed_sender>(
        "opt-outs", values.lists.never_verify, "lists.never_verify",
        remark(remark::about::sender_domain, " is not in lists.never_verify")));
    rules.push_back(std::make_unique<role_recipients>(values.lists.local_domains));
    return rules;
}

}  // namespace vouchd
