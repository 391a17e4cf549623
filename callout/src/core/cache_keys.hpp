#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callout/doors/stream.hpp"
#include "callout/mailbox.hpp"
#include "callout/options.hpp"

namespace callout::core {

class brief;

/// What a key is about: verdicts on an address, a domain or a remote address, or facts.
enum class key_kind : std::uint8_t { address, domain, remote, facts, other };
inline constexpr std::size_t key_kinds = 5;
key_kind kind_of(std::string_view key) noexcept;

/// The keys of every layer (daemon.md 14): each holds all that changes the answer.
class cache_keys {
public:
    explicit cache_keys(brief const& what);
    std::string address;
    std::string domain;
    std::string domain_facts;
    /// Empty if it is asked as the engine asks: with its name, its senders and its TLS. A host may grant to
    /// us what it refuses to others.
    std::string asked_as;
    std::uint64_t asked;  ///< the fingerprint of the address, which tells whether a reply was about it

    /// Returns the key of a block: a host blocks one of our addresses, and the name that we claimed to have.
    std::string remote(endpoint const& to, engine_options const& options) const;
    /// Returns the key of a block that holds for questions about this question's domain alone.
    std::string remote_domain(endpoint const& to, engine_options const& options) const;
    /// Returns the key of what a host cannot do, whoever asks it (smtp-callout.md 6.1).
    static std::string host_facts(endpoint const& to);

private:
    std::string asked_domain_;
};

/// Returns how the keys begin of the verdicts on an address and on its domain, and of the domain's facts,
/// whoever asks and how.
std::vector<std::string> beginnings_of_keys(mailbox const& address);
inline constexpr std::string_view beginning_of_remotes = "v1:b:";
inline constexpr std::string_view beginning_of_host_facts = "v1:h:";

/// The server that a key is about.
struct server_of_key {
    std::string_view address;
    std::string_view domain;  ///< empty if the record holds whatever is asked
};
/// Returns nothing for a key that is not about a server. The result refers to the key.
std::optional<server_of_key> server_in(std::string_view key) noexcept;

}  // namespace callout::core
