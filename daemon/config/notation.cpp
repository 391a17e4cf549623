#include "config/notation.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>

#include "callout/mailbox.hpp"
#include "config/reading.hpp"
#include "config/units.hpp"
#include "config/words.hpp"
#include "milterproto/core/limits.hpp"

namespace vouchd::notation {

namespace {

namespace ip = boost::asio::ip;
using std::chrono::milliseconds;

constexpr std::string_view null_sender = "<>";

remedy out_of_range(std::string why) {
    return {"E104", std::move(why)};
}

std::string server_text(ip::udp::endpoint const& server) {
    std::ostringstream out;
    out << server;
    return out.str();
}

}  // namespace

objection boolean::read(toml::node const& node, bool& into) const {
    auto const value = node.value_exact<bool>();
    if (!value) return unfit("must be true or false");
    into = *value;
    return {};
}
std::string boolean::print(bool value) const {
    return value ? "true" : "false";
}

objection text::read(toml::node const& node, std::string& into) const {
    auto const value = node.value_exact<std::string>();
    if (!value) return unfit("must be a text in quotes");
    if (std::ranges::any_of(*value, [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
        return unfit("must not hold control characters");
    into = *value;
    return {};
}
std::string text::print(std::string const& value) const {
    return in_quotes(value);
}

objection optional_text::read(toml::node const& node, std::optional<std::string>& into) const {
    std::string written;
    if (auto wrong = text().read(node, written)) return wrong;
    into = written.empty() ? std::nullopt : std::optional(std::move(written));
    return {};
}
std::string optional_text::print(std::optional<std::string> const& value) const {
    return in_quotes(value.value_or(std::string()));
}

objection number::read_number(toml::node const& node, std::int64_t& into) const {
    auto const value = node.value_exact<std::int64_t>();
    if (!value || *value < least_ || *value > most_) {
        return unfit("must be a whole number from " + std::to_string(least_) + " to " +
                     std::to_string(most_));
    }
    into = *value;
    return {};
}

objection duration::read_multiple(toml::node const& node, milliseconds unit, milliseconds& into) const {
    if (auto wrong = read_duration(node, into)) return wrong;
    if (into < least_ || into > most_)
        return out_of_range("must be from " + to_text(least_) + " to " + to_text(most_));
    if (into % unit != milliseconds(0)) return out_of_range("must be a multiple of " + to_text(unit));
    return {};
}
std::string duration::print(milliseconds value) const {
    return in_quotes(to_text(value));
}

objection size::read(toml::node const& node, std::size_t& into) const {
    std::size_t value = 0;
    if (auto wrong = read_size(node, value)) return wrong;
    if (value < least_ || value > most_)
        return out_of_range("must be from " + size_text(least_) + " to " + size_text(most_));
    into = value;
    return {};
}
std::string size::print(std::size_t value) const {
    return in_quotes(size_text(value));
}

objection packet_size::read(toml::node const& node, std::size_t& into) const {
    std::size_t packet = 0;
    if (auto wrong = size(1 << 10, 1 << 20).read(node, packet)) return wrong;
    into = packet > milterproto::limits::payload + 1 ? packet : packet - 1;
    return {};
}
std::string packet_size::print(std::size_t payload) const {
    return in_quotes(size_text(payload > milterproto::limits::payload ? payload : payload + 1));
}

objection rate::read(toml::node const& node, callout::rate& into) const {
    std::string written;
    if (text().read(node, written)) return unfit("must be a rate in quotes, such as \"60/1m\"");
    auto const value = parse_rate(written);
    if (!value) {
        return unfit(in_quotes(written) +
                     " is not a rate (write a number, a slash and a time, such as \"60/1m\")");
    }
    into = *value;
    return {};
}
std::string rate::print(callout::rate const& value) const {
    return in_quotes(to_text(value));
}

objection file_mode::read(toml::node const& node, std::optional<unsigned>& into) const {
    constexpr int octal = 8;
    std::string written;
    if (auto wrong = text().read(node, written)) return wrong;
    unsigned mode = 0;
    auto const* const end = written.data() + written.size();
    bool const is_mode = written.size() == 4 && written.front() == '0' &&
                         std::from_chars(written.data(), end, mode, octal).ptr == end;
    if (!is_mode) return out_of_range("must be a file mode in four octal digits, such as \"0660\"");
    into = mode;
    return {};
}
std::string file_mode::print(std::optional<unsigned> const& value) const {
    std::ostringstream out;
    out << std::oct << value.value_or(0);
    auto const digits = out.str();
    return in_quotes(std::string(4 - digits.size(), '0') + digits);
}

objection socket::read(toml::node const& node, std::optional<milterproto::socket_spec>& into) const {
    std::string written;
    if (auto wrong = text().read(node, written)) return wrong;
    std::vector<milterproto::socket_spec> found;
    if (auto wrong = written.empty() ? objection() : read_socket(written, found)) return wrong;
    into = found.empty() ? std::nullopt : std::optional(found.front());
    return {};
}
std::string socket::print(std::optional<milterproto::socket_spec> const& value) const {
    return in_quotes(value ? value->to_string() : std::string());
}

objection sockets::read(toml::node const& node, std::vector<milterproto::socket_spec>& into) const {
    return read_list(node, into, read_socket);
}
std::string sockets::print(std::vector<milterproto::socket_spec> const& value) const {
    return print_list(value, [](auto const& spec) { return spec.to_string(); });
}

objection rule_files::read(toml::node const& node, callout::reply_rules& into) const {
    std::vector<std::string> paths;
    if (auto wrong = read_texts(node, paths)) return wrong;
    callout::reply_rules all;
    for (auto const& path : paths) {
        std::ifstream file(path);
        std::string const text(std::istreambuf_iterator<char>(file), {});
        if (!file) return unfit("names the file " + in_quotes(path) + ", which cannot be read");
        if (auto const wrong = all.add(text, path))
            return unfit("names a file with an error: " + path + ':' + std::to_string(wrong->line) + ": " +
                         wrong->what);
    }
    into = std::move(all);
    return {};
}
std::string rule_files::print(callout::reply_rules const& value) const {
    return print_list(value.files(), std::identity());
}

objection networks::read(toml::node const& node, std::vector<callout::network>& into) const {
    return read_list(node, into, read_network);
}
std::string networks::print(std::vector<callout::network> const& value) const {
    return print_list(value, [](auto const& network) { return network.to_string(); });
}

objection servers::read(toml::node const& node, std::vector<ip::udp::endpoint>& into) const {
    return read_list(node, into, read_server);
}
std::string servers::print(std::vector<ip::udp::endpoint> const& value) const {
    return print_list(value, server_text);
}

objection domains::read(toml::node const& node, domain_list& into) const {
    std::vector<std::string> entries;
    if (auto wrong = read_list(node, entries, read_domain)) return wrong;
    into = domain_list(std::move(entries));
    return {};
}
std::string domains::print(domain_list const& value) const {
    return print_list(value.entries(), std::identity());
}

objection source_address::read(toml::node const& node, std::optional<ip::address>& into) const {
    std::string written;
    if (auto wrong = text().read(node, written)) return wrong;
    boost::system::error_code bad;
    auto const address = written.empty() ? ip::address() : ip::make_address(written, bad);
    bool const is_six = version_ == ip_version::v6;
    if (bad || (!written.empty() && address.is_v6() != is_six))
        return remedy{"E130", is_six ? "must be an IPv6 address" : "must be an IPv4 address"};
    into = written.empty() ? std::nullopt : std::optional(address);
    return {};
}
std::string source_address::print(std::optional<ip::address> const& value) const {
    return in_quotes(value ? value->to_string() : std::string());
}

objection ip_versions::read(toml::node const& node, callout::engine_options& into) const {
    std::vector<ip_version> chosen;
    if (auto wrong = read_list(node, chosen, read_version)) return wrong;
    if (chosen.empty()) return unfit("must name at least one of " + one_of(versions).choices());
    auto const has = [&](ip_version one) { return std::ranges::find(chosen, one) != chosen.end(); };
    into.use_ipv4 = has(ip_version::v4);
    into.use_ipv6 = has(ip_version::v6);
    into.prefer_ipv4 = chosen.front() == ip_version::v4;
    return {};
}
std::string ip_versions::print(callout::engine_options const& value) const {
    std::vector<std::string> chosen;
    if (value.use_ipv4) chosen.emplace_back("ipv4");
    if (value.use_ipv6) chosen.emplace_back("ipv6");
    if (!value.prefer_ipv4) std::ranges::reverse(chosen);
    return print_list(chosen, std::identity());
}

objection helo_name::read(toml::node const& node, std::optional<callout::helo_name>& into) const {
    std::string written;
    if (auto wrong = text().read(node, written)) return wrong;
    into.reset();
    if (written.empty()) return {};
    auto const name = callout::helo_name::parse(written);
    if (!name) return remedy{code_, "must be a host name with a dot, or an address literal"};
    into = *name;
    return {};
}
std::string helo_name::print(std::optional<callout::helo_name> const& value) const {
    return in_quotes(value ? value->text() : std::string());
}

objection senders::read(toml::node const& node, std::optional<callout::mailbox>& fallback) const {
    std::vector<std::string> written;
    if (auto wrong = read_texts(node, written)) return wrong;
    if (written.empty() || written.front() != null_sender || written.size() > 2) {
        return remedy{"E132",
                      "must be [\"<>\"] or [\"<>\", \"ADDRESS\"]; other orders are not supported yet"};
    }
    if (written.size() == 1) {
        fallback.reset();
        return {};
    }
    auto const second = callout::mailbox::parse(written[1]);
    if (!second || second->needs_smtputf8() || !second->beyond_rfc5321().empty())
        return remedy{"E132", in_quotes(written[1]) + " is not an address that every server takes"};
    fallback = *second;
    return {};
}
std::string senders::print(std::optional<callout::mailbox> const& fallback) const {
    std::vector<std::string> all{std::string(null_sender)};
    if (fallback) all.push_back(fallback->address());
    return print_list(all, std::identity());
}

}  // namespace vouchd::notation
