#pragma once

#include <boost/asio/ip/udp.hpp>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "callout/options.hpp"
#include "config/domain_list.hpp"
#include "config/problem.hpp"
#include "milterproto/socket_spec.hpp"

namespace toml {
inline namespace v3 {
class node;
}
}  // namespace toml

/// How values are written in TOML. A notation reads a node into a member, or leaves the member alone and
/// returns what is wrong and what would be right; what it prints, it reads back as the same. Its bounds are
/// its own.
namespace vouchd::notation {

using objection = std::optional<remedy>;

/// Returns a basic string; JSON's escapes are TOML's.
std::string in_quotes(std::string_view plain);
/// E103: a value of another type, or one that says nothing that is known.
remedy unfit(std::string why);

struct boolean {
    objection read(toml::node const& node, bool& into) const;
    std::string print(bool value) const;
};

struct text {
    objection read(toml::node const& node, std::string& into) const;
    std::string print(std::string const& value) const;
};

/// An empty text stands for none.
struct optional_text {
    objection read(toml::node const& node, std::optional<std::string>& into) const;
    std::string print(std::optional<std::string> const& value) const;
};

/// A whole number, for a member of any integral type.
class number {
public:
    constexpr number(std::int64_t least, std::int64_t most) : least_(least), most_(most) {}

    template <std::integral T>
    objection read(toml::node const& node, T& into) const {
        std::int64_t value = 0;
        auto wrong = read_number(node, value);
        if (!wrong) into = static_cast<T>(value);
        return wrong;
    }
    std::string print(std::integral auto value) const { return std::to_string(value); }

private:
    objection read_number(toml::node const& node, std::int64_t& into) const;

    std::int64_t least_;
    std::int64_t most_;
};

/// "1h30m", for a member of any unit; what the unit cannot hold is refused, not cut off.
class duration {
    using milliseconds = std::chrono::milliseconds;

public:
    constexpr duration() = default;
    constexpr duration(milliseconds least, milliseconds most) : least_(least), most_(most) {}

    template <class Unit>
    objection read(toml::node const& node, Unit& into) const {
        milliseconds value{};
        auto wrong = read_multiple(node, Unit(1), value);
        if (!wrong) into = std::chrono::duration_cast<Unit>(value);
        return wrong;
    }
    std::string print(milliseconds value) const;

private:
    objection read_multiple(toml::node const& node, milliseconds unit, milliseconds& into) const;

    milliseconds least_{0};
    milliseconds most_ = milliseconds::max();
};

/// Bytes: "64KiB".
class size {
public:
    constexpr size(std::size_t least, std::size_t most) : least_(least), most_(most) {}
    objection read(toml::node const& node, std::size_t& into) const;
    std::string print(std::size_t value) const;

private:
    std::size_t least_;
    std::size_t most_;
};

/// The size of a milter packet. It counts the command byte, unless the size is one that the MTA has to agree
/// to; the member is the payload after that byte.
struct packet_size {
    objection read(toml::node const& node, std::size_t& into) const;
    std::string print(std::size_t payload) const;
};

/// "60/1m".
struct rate {
    objection read(toml::node const& node, callout::rate& into) const;
    std::string print(callout::rate const& value) const;
};

/// Four octal digits: "0660".
struct file_mode {
    objection read(toml::node const& node, std::optional<unsigned>& into) const;
    std::string print(std::optional<unsigned> const& value) const;
};

/// An empty text stands for none.
struct socket {
    objection read(toml::node const& node, std::optional<milterproto::socket_spec>& into) const;
    std::string print(std::optional<milterproto::socket_spec> const& value) const;
};

struct sockets {
    objection read(toml::node const& node, std::vector<milterproto::socket_spec>& into) const;
    std::string print(std::vector<milterproto::socket_spec> const& value) const;
};

/// Files of rules for replies, by their paths (docs/reply_rules.md). They are read at once.
struct rule_files {
    objection read(toml::node const& node, callout::reply_rules& into) const;
    std::string print(callout::reply_rules const& value) const;
};

struct networks {
    objection read(toml::node const& node, std::vector<callout::network>& into) const;
    std::string print(std::vector<callout::network> const& value) const;
};

/// Name servers, each with its port.
struct servers {
    objection read(toml::node const& node, std::vector<boost::asio::ip::udp::endpoint>& into) const;
    std::string print(std::vector<boost::asio::ip::udp::endpoint> const& value) const;
};

struct domains {
    objection read(toml::node const& node, domain_list& into) const;
    std::string print(domain_list const& value) const;
};

enum class ip_version { v4, v6 };

/// An address of one family that callouts leave from; an empty text stands for the kernel's choice.
class source_address {
public:
    constexpr explicit source_address(ip_version version) : version_(version) {}
    objection read(toml::node const& node, std::optional<boost::asio::ip::address>& into) const;
    std::string print(std::optional<boost::asio::ip::address> const& value) const;

private:
    ip_version version_;
};

/// Which families are used, and which one first: ["ipv6", "ipv4"].
struct ip_versions {
    objection read(toml::node const& node, callout::engine_options& into) const;
    std::string print(callout::engine_options const& value) const;
};

/// A name for EHLO, or an empty text where another key says it.
class helo_name {
public:
    /// `code` is that of the error about what is not such a name.
    constexpr explicit helo_name(char const* code) : code_(code) {}
    objection read(toml::node const& node, std::optional<callout::helo_name>& into) const;
    std::string print(std::optional<callout::helo_name> const& value) const;

private:
    char const* code_;
};

/// The senders of callouts: the null sender, and an address for hosts that refuse it.
struct senders {
    objection read(toml::node const& node, std::optional<callout::mailbox>& fallback) const;
    std::string print(std::optional<callout::mailbox> const& fallback) const;
};

}  // namespace vouchd::notation
