#include "bridge/queued_mail.hpp"

#include <algorithm>

namespace testmta::bridge {
namespace {

bool is_field_name(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

/// Takes the next line with its CR LF.
std::string_view take_line(std::string_view& rest) {
    auto const end = rest.find("\r\n");
    auto const line = rest.substr(0, end == rest.npos ? end : end + 2);
    rest.remove_prefix(line.size());
    return line;
}

std::string_view without_end(std::string_view line) {
    return line.ends_with("\r\n") ? line.substr(0, line.size() - 2) : line;
}

/// Takes the lines that continue a field.
void take_folds(std::string_view& rest) {
    while (rest.starts_with(' ') || rest.starts_with('\t')) take_line(rest);
}

void append_lines(std::string& out, std::string_view text) {
    char before = '\0';
    for (char const c : text) {
        if (c == '\n' && before != '\r') out += '\r';
        out += c;
        before = c;
    }
}

}  // namespace

std::vector<std::string> in_words(std::vector<smtpserver::parameter> const& all) {
    std::vector<std::string> words;
    words.reserve(all.size());
    for (auto const& one : all) words.push_back(one.value ? one.keyword + '=' + *one.value : one.keyword);
    return words;
}

core::queued_message read_mail(smtpserver::envelope const& who, std::string_view octets) {
    core::queued_message made;
    made.sender = who.mail.path.address();
    made.sender_parameters = in_words(who.mail.parameters);
    for (auto const& one : who.recipients)
        made.recipients.emplace_back(one.path.address(), in_words(one.parameters));
    auto rest = octets;
    while (!rest.empty()) {
        auto after = rest;
        auto const line = take_line(after);
        auto const colon = line.find(':');
        if (colon == line.npos || !is_field_name(line.substr(0, colon))) break;
        take_folds(after);
        auto const field = without_end(rest.substr(0, rest.size() - after.size()));
        made.headers.emplace_back(std::string(field.substr(0, colon)), std::string(field.substr(colon + 1)));
        rest = after;
    }
    if (rest.starts_with("\r\n")) rest.remove_prefix(2);
    made.body = rest;
    return made;
}

std::string write_mail(core::queued_message const& message) {
    std::string out;
    for (auto const& one : message.headers) {
        if (one.deleted) continue;
        out.append(one.name).append(":");
        append_lines(out, one.value);
        out += "\r\n";
    }
    out += "\r\n";
    append_lines(out, message.body);
    return out;
}

core::queued_header received_field(smtpserver::connection const& from, std::string_view host_name,
                                   std::string_view queue_id, std::string_view day) {
    std::string value = " from " + (from.hello.empty() ? "unknown" : from.hello);
    if (from.client.address) value += " ([" + from.client.address->to_string() + "])";
    value.append("\r\n\tby ").append(host_name);
    value += from.verb == smtpserver::hello_verb::helo ? " with SMTP" : " with ESMTP";
    if (from.tls) value += 'S';
    value.append(" id ").append(queue_id).append(";\r\n\t").append(day);
    return {"Received", value, core::queued_header::origin::own_trace};
}

}  // namespace testmta::bridge
