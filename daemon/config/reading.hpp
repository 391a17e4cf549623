#pragma once

#include <boost/asio/ip/udp.hpp>
#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "config/notation.hpp"

/// How texts of the configuration are read, alone and in lists, for the notations. All return what is wrong
/// and what would be right.
namespace vouchd::notation {

objection read_texts(toml::node const& node, std::vector<std::string>& into);
objection read_duration(toml::node const& node, std::chrono::milliseconds& into);
objection read_size(toml::node const& node, std::size_t& into);

// One element of a list each, as `read_list` wants them: the text is appended as what it means.
objection read_socket(std::string const& written, std::vector<milterproto::socket_spec>& into);
objection read_network(std::string const& written, std::vector<callout::network>& into);
objection read_server(std::string const& written, std::vector<boost::asio::ip::udp::endpoint>& into);
objection read_domain(std::string const& written, std::vector<std::string>& into);
objection read_version(std::string const& written, std::vector<ip_version>& into);

/// Reads a list of texts, each of which `parse` turns into an element or refuses.
template <class T, class Parse>
objection read_list(toml::node const& node, std::vector<T>& into, Parse const& parse) {
    std::vector<std::string> texts;
    if (auto wrong = read_texts(node, texts)) return wrong;
    std::vector<T> elements;
    for (auto const& one : texts) {
        if (auto wrong = parse(one, elements)) return wrong;
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

}  // namespace vouchd::notation
