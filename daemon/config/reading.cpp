#include "config/reading.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "callout/mailbox.hpp"
#include "config/units.hpp"
#include "config/words.hpp"

namespace vouchd::notation {

namespace {

namespace ip = boost::asio::ip;
using std::chrono::milliseconds;

/// `written` is the value as it stands in the file, `meant` what it may have meant.
remedy without_unit(std::string const& written, std::string const& meant) {
    return {"E107", written + " has no unit (write " + in_quotes(meant) + ")"};
}

/// `list:NAME` and `file:/path` are specified, but not built yet.
objection refuse_indirection(std::string const& written) {
    if (written.starts_with("list:") || written.starts_with("file:"))
        return unfit(in_quotes(written) + " is not supported yet");
    return {};
}

/// An address and what follows it: "::1" and ":53" of "[::1]:53".
struct address_and_rest {
    std::string_view address;
    std::string_view rest;
};

std::optional<address_and_rest> split_server(std::string_view written) {
    if (written.starts_with('[')) {
        auto const end = written.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        return address_and_rest{written.substr(1, end - 1), written.substr(end + 1)};
    }
    bool const has_port = std::ranges::count(written, ':') == 1;
    auto const end = has_port ? written.find(':') : written.size();
    return address_and_rest{written.substr(0, end), written.substr(end)};
}

/// Takes ":5353", or nothing, which stands for the port of DNS.
std::optional<std::uint16_t> parse_port(std::string_view rest) {
    std::uint16_t port = 53;
    if (rest.empty()) return port;
    auto const* const end = rest.data() + rest.size();
    auto const [stopped, failed] = std::from_chars(rest.data() + 1, end, port);
    bool const is_port = rest.front() == ':' && failed == std::errc() && stopped == end && port != 0;
    return is_port ? std::optional(port) : std::nullopt;
}

std::optional<ip::udp::endpoint> parse_server(std::string_view written) {
    auto const parts = split_server(written);
    auto const port = parts ? parse_port(parts->rest) : std::nullopt;
    if (!port) return std::nullopt;
    boost::system::error_code bad;
    auto const address = ip::make_address(std::string(parts->address), bad);
    if (bad) return std::nullopt;
    return ip::udp::endpoint(address, *port);
}

}  // namespace

std::string in_quotes(std::string_view plain) {
    return boost::json::serialize(boost::json::string(plain));
}

remedy unfit(std::string why) {
    return {"E103", std::move(why)};
}

objection read_texts(toml::node const& node, std::vector<std::string>& into) {
    auto const* const array = node.as_array();
    if (array == nullptr) return unfit("must be a list of texts, such as [\"...\"]");
    for (auto const& element : *array) {
        if (auto const wrong = text().read(element, into.emplace_back()))
            return unfit("each entry " + wrong->text);
    }
    return {};
}

objection read_duration(toml::node const& node, milliseconds& into) {
    if (auto const bare = node.value_exact<std::int64_t>()) {
        into = {};
        auto const digits = std::to_string(*bare);
        return *bare == 0 ? objection() : without_unit(digits, digits + 's');
    }
    std::string written;
    if (text().read(node, written)) return unfit("must be a duration in quotes, such as \"8s\"");
    if (auto const parsed = parse_duration(written)) {
        into = *parsed;
        return {};
    }
    if (parse_duration(written + 's')) return without_unit(in_quotes(written), written + 's');
    return unfit(in_quotes(written) +
                 " is not a duration (write a number with ms, s, m, h, d or w, such as \"1h30m\")");
}

objection read_size(toml::node const& node, std::size_t& into) {
    std::string written;
    if (text().read(node, written)) return unfit("must be a size in quotes, such as \"64KiB\"");
    if (auto const parsed = parse_size(written)) {
        into = *parsed;
        return {};
    }
    if (parse_size(written + "KiB")) return without_unit(in_quotes(written), written + "KiB");
    return unfit(in_quotes(written) + " is not a size (write a whole number with B, KiB, MiB or GiB)");
}

objection read_socket(std::string const& written, std::vector<milterproto::socket_spec>& into) {
    auto const unsupported = [&] {
        return unfit(in_quotes(written) + " is not supported yet (use unix:/path)");
    };
    if (written.starts_with("systemd:")) return unsupported();
    auto const spec = milterproto::socket_spec::parse(written);
    if (spec.has_error()) return unfit(in_quotes(written) + ": " + spec.error().message());
    if (spec->family() == milterproto::socket_spec::kind::descriptor) return unsupported();
    into.push_back(*spec);
    return {};
}

objection read_network(std::string const& written, std::vector<callout::network>& into) {
    if (auto wrong = refuse_indirection(written)) return wrong;
    auto const network = callout::network::parse(written);
    if (network.has_error()) {
        return unfit(in_quotes(written) +
                     " is not a network (write 192.0.2.0/24, 2001:db8::/32 or an address)");
    }
    into.push_back(*network);
    return {};
}

objection read_server(std::string const& written, std::vector<ip::udp::endpoint>& into) {
    auto const server = parse_server(written);
    if (!server) {
        return unfit(in_quotes(written) + " is not a server (write 127.0.0.1, 127.0.0.1:5353 or [::1]:5353)");
    }
    into.push_back(*server);
    return {};
}

objection read_domain(std::string const& written, std::vector<std::string>& into) {
    if (auto wrong = refuse_indirection(written)) return wrong;
    bool const is_below = written.starts_with('.');
    auto const address = callout::mailbox::parse("x@" + written.substr(is_below ? 1 : 0));
    if (written != "*" && address.has_error())
        return unfit(in_quotes(written) + " is not a domain (write example.org, .example.org or *)");
    into.push_back(written == "*" ? written : (is_below ? "." : "") + address->domain());
    return {};
}

objection read_version(std::string const& written, std::vector<ip_version>& into) {
    auto version = ip_version::v4;
    if (auto wrong = one_of(versions).parse(written, version)) return wrong;
    if (std::ranges::find(into, version) != into.end())
        return unfit(in_quotes(written) + " stands here twice");
    into.push_back(version);
    return {};
}

}  // namespace vouchd::notation
