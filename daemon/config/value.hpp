#pragma once

#include <toml++/toml.h>

#include <optional>
#include <string>

#include "config/config.hpp"

/// How each type of value stands in TOML. `read` leaves the value alone and returns a remedy if the node does
/// not fit.
namespace vouchd {

using objection = std::optional<remedy>;

objection read(toml::node const& node, bool& into);
objection read(toml::node const& node, std::string& into);
objection read(toml::node const& node, std::vector<std::string>& into);
objection read(toml::node const& node, std::size_t& into, std::size_t least, std::size_t most);
objection read(toml::node const& node, std::chrono::milliseconds& into);
objection read(toml::node const& node, octets& into);
objection read(toml::node const& node, callout::rate& into);
objection read(toml::node const& node, std::vector<milterproto::socket_spec>& into);
objection read(toml::node const& node, std::optional<milterproto::socket_spec>& into);
objection read(toml::node const& node, std::vector<callout::network>& into);
objection read(toml::node const& node, std::vector<boost::asio::ip::udp::endpoint>& into);
objection read(toml::node const& node, std::vector<ip_version>& into);
objection read(toml::node const& node, domain_list& into);
objection read(toml::node const& node, callout::tls_use& into);
objection read(toml::node const& node, callout::tls_version& into);
objection read(toml::node const& node, catch_all_probe& into);
objection read(toml::node const& node, mode& into);
objection read(toml::node const& node, check_at& into);
objection read(toml::node const& node, on_error& into);
objection read(toml::node const& node, backend& into);
objection read(toml::node const& node, patience& into);
objection read(toml::node const& node, log_target& into);
objection read(toml::node const& node, log_level& into);

std::string print(bool value);
std::string print(std::size_t value);
std::string print(std::string const& value);
std::string print(std::vector<std::string> const& value);
std::string print(std::chrono::milliseconds value);
std::string print(octets value);
std::string print(callout::rate const& value);
std::string print(std::vector<milterproto::socket_spec> const& value);
std::string print(std::optional<milterproto::socket_spec> const& value);
std::string print(std::vector<callout::network> const& value);
std::string print(std::vector<boost::asio::ip::udp::endpoint> const& value);
std::string print(std::vector<ip_version> const& value);
std::string print(domain_list const& value);
std::string print(callout::tls_use value);
std::string print(callout::tls_version value);
std::string print(catch_all_probe value);
std::string print(mode value);
std::string print(check_at value);
std::string print(on_error value);
std::string print(backend value);
std::string print(patience value);
std::string print(log_target value);
std::string print(log_level value);

}  // namespace vouchd
