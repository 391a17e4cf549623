#include "milterproto/core/mta/mta_frames.hpp"

#include <algorithm>

#include "milterproto/core/wire/codec.hpp"

namespace milterproto::core {

namespace {

/// Appends a header's value with LF alone between folded lines (milter-protocol.md 1.4).
void append_folded(std::string& out, std::string_view value) {
    for (auto cr = value.find('\r'); cr != std::string_view::npos; cr = value.find('\r')) {
        bool const ends_line = value.substr(cr + 1).starts_with('\n');
        out.append(value.substr(0, ends_line ? cr : cr + 1));
        value.remove_prefix(cr + 1);
    }
    out.append(value);
}

}  // namespace

void append_client(std::string& out, spelling_rules const& spelling, connect_payload const& client) {
    bool const unresolved = client.hostname == "unknown" &&
                            spelling.unresolved == spelling_rules::unknown_client::bracketed_address;
    bool const labelled =
        client.family == family::ipv6 && spelling.ipv6_address == spelling_rules::ipv6::labelled;
    auto const address = std::string(labelled ? "IPv6:" : "").append(client.address);
    auto const hostname = unresolved ? '[' + std::string(client.address) + ']' : std::string(client.hostname);
    append_connect(out, hostname, client.family, client.port, address);
}

void append_header(std::string& out, header_view field, leading_space first) {
    auto const head = begin_frame(out, static_cast<char>(command::header));
    if (first == leading_space::is_eaten && field.value.starts_with(' ')) field.value.remove_prefix(1);
    out.append(field.name).push_back('\0');
    append_folded(out, field.value);
    out.push_back('\0');
    end_frame(out, head);
}

void body_cutter::append_chunk(std::string& out, std::size_t limit) {
    auto const head = begin_frame(out, static_cast<char>(command::body));
    auto const full = out.size() + limit;
    if (owes_lf_) out.push_back('\n');
    owes_lf_ = false;
    while (!rest_.empty() && out.size() < full) {
        auto const room = full - out.size();
        auto const line = rest_.substr(0, std::min(rest_.find('\n'), room));
        out.append(line);
        if (!line.empty()) before_ = line.back();
        rest_.remove_prefix(line.size());
        if (rest_.empty() || rest_.front() != '\n' || out.size() == full) continue;
        if (before_ != '\r') out.push_back('\r');
        rest_.remove_prefix(1);
        before_ = '\n';
        owes_lf_ = out.size() == full;
        if (!owes_lf_) out.push_back('\n');
    }
    end_frame(out, head);
}

}  // namespace milterproto::core
