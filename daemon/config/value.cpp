#include "config/value.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <sstream>

#include "callout/mailbox.hpp"
#include "config/units.hpp"

namespace vouchd {

namespace {

/// A word that a key may hold. A word without a value is daemon.md's, but does nothing yet.
template <class T>
struct word {
    std::string_view text;
    std::optional<T> value;
};

constexpr word<mode> modes[] = {{"monitor", mode::monitor}, {"tag", {}}, {"enforce", mode::enforce}};
constexpr word<check_at> check_places[] = {{"first_rcpt", check_at::first_rcpt}, {"mail", check_at::mail}};
constexpr word<on_error> error_answers[] = {{"accept", on_error::accept}, {"tempfail", on_error::tempfail}};
constexpr word<backend> backends[] = {
    {"memory", backend::memory}, {"sqlite", backend::sqlite}, {"redis", {}}};
constexpr word<patience> patiences[] = {{"soft", patience::soft}, {"hard", patience::hard}};
constexpr word<log_target> targets[] = {
    {"journal", {}}, {"stderr", log_target::standard_error}, {"file", log_target::file}, {"syslog", {}}};
constexpr word<log_level> levels[] = {{"trace", log_level::trace},
                                      {"debug", log_level::debug},
                                      {"info", log_level::info},
                                      {"warn", log_level::warn},
                                      {"error", log_level::error}};
/// `always` is the engine's `may`: a peer without STARTTLS is asked all the same.
constexpr word<callout::tls_use> tls_uses[] = {{"never", callout::tls_use::never},
                                               {"ondemand", callout::tls_use::ondemand},
                                               {"always", callout::tls_use::may},
                                               {"require", callout::tls_use::require}};
constexpr word<callout::tls_version> tls_versions[] = {{"1.2", callout::tls_version::v1_2},
                                                       {"1.3", callout::tls_version::v1_3}};
constexpr word<catch_all_probe> probes[] = {{"never", catch_all_probe::never},
                                            {"reports", catch_all_probe::reports},
                                            {"recipient", {}},
                                            {"always", catch_all_probe::always}};
constexpr word<ip_version> versions[] = {{"ipv4", ip_version::v4}, {"ipv6", ip_version::v6}};

/// A basic string; JSON's escapes are TOML's.
std::string in_quotes(std::string_view text) {
    return boost::json::serialize(boost::json::string(text));
}

remedy unfit(std::string text) {
    return {"E103", std::move(text)};
}

/// `written` is the value as it stands in the file, `meant` what it may have meant.
remedy without_unit(std::string const& written, std::string const& meant) {
    return {"E107", written + " has no unit (write " + in_quotes(meant) + ")"};
}

template <class T, std::size_t N>
std::string choices(word<T> const (&words)[N]) {
    std::string text;
    for (auto const& one : words) {
        if (one.value) text += (text.empty() ? "" : " | ") + std::string(one.text);
    }
    return text;
}

template <class T, std::size_t N>
objection read_word(std::string const& text, word<T> const (&words)[N], T& into) {
    for (auto const& one : words) {
        if (one.text != text) continue;
        if (!one.value) return unfit(in_quotes(text) + " is not supported yet (use " + choices(words) + ")");
        into = *one.value;
        return {};
    }
    return unfit(in_quotes(text) + " is none of " + choices(words));
}

template <class T, std::size_t N>
objection read_word(toml::node const& node, word<T> const (&words)[N], T& into) {
    std::string text;
    if (auto wrong = read(node, text)) return wrong;
    return read_word(text, words, into);
}

template <class T, std::size_t N>
std::string print_word(T value, word<T> const (&words)[N]) {
    auto const* const found = std::ranges::find(words, std::optional<T>(value), &word<T>::value);
    return in_quotes(found->text);
}

/// A list of texts, each turned into an element by `parse`: element or remedy.
template <class T, class Parse>
objection read_list(toml::node const& node, std::vector<T>& into, Parse const& parse) {
    std::vector<std::string> texts;
    if (auto wrong = read(node, texts)) return wrong;
    std::vector<T> elements;
    for (auto const& text : texts) {
        if (auto wrong = parse(text, elements)) return wrong;
    }
    into = std::move(elements);
    return {};
}

template <class Range, class ToText>
std::string print_list(Range const& range, ToText const& to_text) {
    std::string out = "[";
    for (auto const& element : range) out += (out.size() == 1 ? "" : ", ") + in_quotes(to_text(element));
    return out + "]";
}

/// `list:NAME` and `file:/path` have an issue of their own.
objection refuse_indirection(std::string const& text) {
    if (text.starts_with("list:") || text.starts_with("file:"))
        return unfit(in_quotes(text) + " is not supported yet");
    return {};
}

objection read_socket(std::string const& text, std::optional<milterproto::socket_spec>& into) {
    if (text.starts_with("systemd:"))
        return unfit(in_quotes(text) + " is not supported yet (use unix:/path)");
    auto const spec = milterproto::socket_spec::parse(text);
    if (spec.has_error()) return unfit(in_quotes(text) + ": " + spec.error().message());
    if (spec->family() == milterproto::socket_spec::kind::descriptor)
        return unfit(in_quotes(text) + " is not supported yet (use unix:/path)");
    into = *spec;
    return {};
}

std::optional<boost::asio::ip::udp::endpoint> parse_server(std::string_view text) {
    constexpr std::uint16_t domain_port = 53;
    auto host = text;
    auto port_text = std::string_view();
    if (text.starts_with('[')) {
        auto const end = text.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        host = text.substr(1, end - 1);
        port_text = text.substr(end + 1);
    } else if (std::ranges::count(text, ':') == 1) {
        host = text.substr(0, text.find(':'));
        port_text = text.substr(host.size());
    }
    auto port = domain_port;
    if (!port_text.empty()) {
        port_text.remove_prefix(1);
        auto const [end, failed] =
            std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
        if (failed != std::errc() || end != port_text.data() + port_text.size() || port == 0)
            return std::nullopt;
    }
    boost::system::error_code bad;
    auto const address = boost::asio::ip::make_address(std::string(host), bad);
    if (bad) return std::nullopt;
    return boost::asio::ip::udp::endpoint(address, port);
}

std::string server_text(boost::asio::ip::udp::endpoint const& server) {
    std::ostringstream out;
    out << server;
    return out.str();
}

}  // namespace

objection read(toml::node const& node, bool& into) {
    auto const value = node.value_exact<bool>();
    if (!value) return unfit("must be true or false");
    into = *value;
    return {};
}

objection read(toml::node const& node, std::string& into) {
    auto const value = node.value_exact<std::string>();
    if (!value) return unfit("must be a text in quotes");
    if (std::ranges::any_of(*value, [](unsigned char c) { return c < 0x20 || c == 0x7f; })) {
        return unfit("must not hold control characters");
    }
    into = *value;
    return {};
}

objection read(toml::node const& node, std::vector<std::string>& into) {
    auto const* const array = node.as_array();
    if (array == nullptr) return unfit("must be a list of texts, such as [\"...\"]");
    std::vector<std::string> texts;
    for (auto const& element : *array) {
        std::string text;
        if (auto wrong = read(element, text)) return unfit("each entry " + wrong->text);
        texts.push_back(std::move(text));
    }
    into = std::move(texts);
    return {};
}

objection read(toml::node const& node, std::size_t& into, std::size_t least, std::size_t most) {
    auto const value = node.value_exact<std::int64_t>();
    if (!value || *value < static_cast<std::int64_t>(least) || *value > static_cast<std::int64_t>(most)) {
        return unfit("must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    }
    into = static_cast<std::size_t>(*value);
    return {};
}

objection read(toml::node const& node, std::chrono::milliseconds& into) {
    if (auto const number = node.value_exact<std::int64_t>()) {
        if (*number == 0) {
            into = {};
            return {};
        }
        return without_unit(std::to_string(*number), std::to_string(*number) + 's');
    }
    std::string text;
    if (auto wrong = read(node, text)) return unfit("must be a duration in quotes, such as \"8s\"");
    if (auto const duration = parse_duration(text)) {
        into = *duration;
        return {};
    }
    if (parse_duration(text + 's')) return without_unit(in_quotes(text), text + 's');
    return unfit(in_quotes(text) +
                 " is no duration (write a number with ms, s, m, h, d or w, such as \"1h30m\")");
}

objection read(toml::node const& node, octets& into) {
    std::string text;
    if (auto wrong = read(node, text)) return unfit("must be a size in quotes, such as \"64KiB\"");
    if (auto const size = parse_size(text)) {
        into.count = *size;
        return {};
    }
    if (parse_size(text + "KiB")) return without_unit(in_quotes(text), text + "KiB");
    return unfit(in_quotes(text) + " is no size (write a whole number with B, KiB, MiB or GiB)");
}

objection read(toml::node const& node, callout::rate& into) {
    std::string text;
    if (auto wrong = read(node, text)) return unfit("must be a rate in quotes, such as \"60/1m\"");
    auto const value = parse_rate(text);
    if (!value)
        return unfit(in_quotes(text) + " is no rate (write a number, a slash and a time, such as \"60/1m\")");
    into = *value;
    return {};
}

objection read(toml::node const& node, std::vector<milterproto::socket_spec>& into) {
    return read_list(node, into, [](std::string const& text, auto& elements) -> objection {
        std::optional<milterproto::socket_spec> spec;
        if (auto wrong = read_socket(text, spec)) return wrong;
        elements.push_back(*spec);
        return {};
    });
}

objection read(toml::node const& node, std::optional<milterproto::socket_spec>& into) {
    std::string text;
    if (auto wrong = read(node, text)) return wrong;
    into.reset();
    return text.empty() ? objection() : read_socket(text, into);
}

objection read(toml::node const& node, std::vector<callout::network>& into) {
    return read_list(node, into, [](std::string const& text, auto& elements) -> objection {
        if (auto wrong = refuse_indirection(text)) return wrong;
        auto const network = callout::network::parse(text);
        if (network.has_error())
            return unfit(in_quotes(text) +
                         " is no network (write 192.0.2.0/24, 2001:db8::/32 or an address)");
        elements.push_back(*network);
        return {};
    });
}

objection read(toml::node const& node, std::vector<boost::asio::ip::udp::endpoint>& into) {
    return read_list(node, into, [](std::string const& text, auto& elements) -> objection {
        auto const server = parse_server(text);
        if (!server)
            return unfit(in_quotes(text) + " is no server (write 127.0.0.1, 127.0.0.1:5353 or [::1]:5353)");
        elements.push_back(*server);
        return {};
    });
}

objection read(toml::node const& node, std::vector<ip_version>& into) {
    std::vector<ip_version> chosen;
    auto wrong = read_list(node, chosen, [](std::string const& text, auto& elements) -> objection {
        auto version = ip_version::v4;
        if (auto bad = read_word(text, versions, version)) return bad;
        if (std::ranges::find(elements, version) != elements.end())
            return unfit(in_quotes(text) + " stands here twice");
        elements.push_back(version);
        return {};
    });
    if (!wrong && chosen.empty()) return unfit("must name at least one of " + choices(versions));
    if (!wrong) into = std::move(chosen);
    return wrong;
}

objection read(toml::node const& node, domain_list& into) {
    std::vector<std::string> entries;
    auto wrong = read_list(node, entries, [](std::string const& text, auto& elements) -> objection {
        if (auto bad = refuse_indirection(text)) return bad;
        auto const domain = std::string_view(text).substr(text.starts_with('.') ? 1 : 0);
        auto const address = callout::mailbox::parse("x@" + std::string(domain));
        if (text == "*") {
            elements.push_back(text);
        } else if (address.has_error()) {
            return unfit(in_quotes(text) + " is no domain (write example.org, .example.org or *)");
        } else {
            elements.push_back((text.starts_with('.') ? "." : "") + address->domain());
        }
        return {};
    });
    if (!wrong) into = domain_list(std::move(entries));
    return wrong;
}

objection read(toml::node const& node, callout::tls_use& into) {
    return read_word(node, tls_uses, into);
}
objection read(toml::node const& node, callout::tls_version& into) {
    return read_word(node, tls_versions, into);
}
objection read(toml::node const& node, catch_all_probe& into) {
    return read_word(node, probes, into);
}
objection read(toml::node const& node, mode& into) {
    return read_word(node, modes, into);
}
objection read(toml::node const& node, check_at& into) {
    return read_word(node, check_places, into);
}
objection read(toml::node const& node, on_error& into) {
    return read_word(node, error_answers, into);
}
objection read(toml::node const& node, backend& into) {
    return read_word(node, backends, into);
}
objection read(toml::node const& node, patience& into) {
    return read_word(node, patiences, into);
}
objection read(toml::node const& node, log_target& into) {
    return read_word(node, targets, into);
}
objection read(toml::node const& node, log_level& into) {
    return read_word(node, levels, into);
}

std::string print(bool value) {
    return value ? "true" : "false";
}
std::string print(std::size_t value) {
    return std::to_string(value);
}
std::string print(std::string const& value) {
    return in_quotes(value);
}
std::string print(std::vector<std::string> const& value) {
    return print_list(value, std::identity());
}
std::string print(std::chrono::milliseconds value) {
    return in_quotes(to_text(value));
}
std::string print(octets value) {
    return in_quotes(size_text(value.count));
}
std::string print(callout::rate const& value) {
    return in_quotes(to_text(value));
}
std::string print(std::vector<milterproto::socket_spec> const& value) {
    return print_list(value, [](auto const& spec) { return spec.to_string(); });
}
std::string print(std::optional<milterproto::socket_spec> const& value) {
    return in_quotes(value ? value->to_string() : std::string());
}
std::string print(std::vector<callout::network> const& value) {
    return print_list(value, [](auto const& network) { return network.to_string(); });
}
std::string print(std::vector<boost::asio::ip::udp::endpoint> const& value) {
    return print_list(value, server_text);
}
std::string print(std::vector<ip_version> const& value) {
    return print_list(value, [](ip_version v) { return v == ip_version::v4 ? "ipv4" : "ipv6"; });
}
std::string print(domain_list const& value) {
    return print(value.entries());
}
std::string print(callout::tls_use value) {
    return print_word(value, tls_uses);
}
std::string print(callout::tls_version value) {
    return print_word(value, tls_versions);
}
std::string print(catch_all_probe value) {
    return print_word(value, probes);
}
std::string print(mode value) {
    return print_word(value, modes);
}
std::string print(check_at value) {
    return print_word(value, check_places);
}
std::string print(on_error value) {
    return print_word(value, error_answers);
}
std::string print(backend value) {
    return print_word(value, backends);
}
std::string print(patience value) {
    return print_word(value, patiences);
}
std::string print(log_target value) {
    return print_word(value, targets);
}
std::string print(log_level value) {
    return print_word(value, levels);
}

}  // namespace vouchd
