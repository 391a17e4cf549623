#include "world/control/control_api.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <optional>
#include <stdexcept>

#include "text/printable.hpp"
#include "world/control/control_json.hpp"
#include "world/control/control_page.hpp"
#include "world/language/parser.hpp"

namespace testmta::world {

namespace {

using path = std::vector<std::string>;

control_reply with_body(boost::json::object const& what, int status = 200) {
    control_reply made;
    made.status = status;
    made.body = boost::json::serialize(what) + '\n';
    return made;
}

int hex_value(char digit) {
    auto const at =
        text::hex_digits.find(digit >= 'A' && digit <= 'F' ? static_cast<char>(digit | 0x20) : digit);
    return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

/// Returns the text with `%HH` decoded, or nothing if that is not well formed (RFC 3986 2.1).
std::optional<std::string> decoded(std::string_view text) {
    std::string found;
    while (!text.empty()) {
        if (text.front() != '%') {
            found += text.front();
            text.remove_prefix(1);
            continue;
        }
        if (text.size() < 3 || hex_value(text[1]) < 0 || hex_value(text[2]) < 0) return std::nullopt;
        found += static_cast<char>(hex_value(text[1]) * 16 + hex_value(text[2]));
        text.remove_prefix(3);
    }
    return found;
}

/// Returns the parts of the path, without the query; nothing if it is not a path.
std::optional<path> parts_of(std::string_view target) {
    target = target.substr(0, target.find('?'));
    if (!target.starts_with('/')) return std::nullopt;
    path found;
    while (!target.empty()) {
        target.remove_prefix(1);
        auto const end = std::min(target.find('/'), target.size());
        auto part = decoded(target.substr(0, end));
        if (!part) return std::nullopt;
        found.push_back(*std::move(part));
        target.remove_prefix(end);
    }
    return found;
}

/// Returns the parts that a `*` of the route stands for; nothing if the path is another one.
std::optional<path> match(path const& route, path const& asked) {
    if (route.size() != asked.size()) return std::nullopt;
    path found;
    for (std::size_t i = 0; i != route.size(); ++i) {
        if (route[i] == "*")
            found.push_back(asked[i]);
        else if (route[i] != asked[i])
            return std::nullopt;
    }
    return found;
}

std::optional<std::uint64_t> number_in(std::string const& text) {
    std::uint64_t number = 0;
    auto const* const end = text.data() + text.size();
    auto const [stop, bad] = std::from_chars(text.data(), end, number);
    if (bad != std::errc() || stop != end) return std::nullopt;
    return number;
}

bool is_this_machine(std::string_view host) {
    if (host.starts_with('[')) {
        host = host.substr(1, host.find(']') - 1);
    } else {
        host = host.substr(0, host.find(':'));
    }
    boost::system::error_code bad;
    auto const address = boost::asio::ip::make_address(host, bad);
    return host == "localhost" || (!bad && address.is_loopback());
}

std::string in_quotes(std::string_view text) {
    constexpr std::size_t longest = 200;
    return '"' + text::printable(text.substr(0, longest)) + '"';
}

}  // namespace

struct control_api::route {
    std::string_view method;
    path where;
    control_reply (control_api::*answer)(arguments const&, control_request const&);
};

std::vector<control_api::route> const& control_api::routes() {
    static std::vector<route> const all = {
        {"GET", {""}, &control_api::page},
        {"GET", {"world"}, &control_api::show_world},
        {"PUT", {"world"}, &control_api::load_world},
        {"PUT", {"peers", "*", "rules"}, &control_api::replace_rules},
        {"GET", {"conversations"}, &control_api::list_conversations},
        {"GET", {"conversations", "*"}, &control_api::show_conversation},
        {"DELETE", {"conversations"}, &control_api::forget_conversations},
        {"GET", {"mail"}, &control_api::list_mail},
        {"GET", {"mail", "*"}, &control_api::show_mail},
        {"DELETE", {"mail"}, &control_api::forget_mail},
        {"GET", {"events"}, &control_api::stream_events},
        {"POST", {"stop"}, &control_api::stop},
    };
    return all;
}

control_reply control_api::refuse(int status, std::string_view sentence) {
    return with_body({{"error", sentence}}, status);
}

control_reply control_api::answer(control_request const& what) {
    if (!what.host.empty() && !is_this_machine(what.host))
        return refuse(403, in_quotes(what.host) + " is not this machine; ask 127.0.0.1 or localhost");
    if (!what.origin.empty() && what.origin != "http://" + what.host)
        return refuse(403, "a page of " + in_quotes(what.origin) + " must not use the control interface");
    auto const asked = parts_of(what.target);
    if (!asked) return refuse(400, in_quotes(what.target) + " is not a path");
    std::string possible;
    for (auto const& one : routes()) {
        auto const which = match(one.where, *asked);
        if (!which) continue;
        if (one.method == what.method) return (this->*one.answer)(*which, what);
        possible.append(possible.empty() ? "" : ", ").append(one.method);
    }
    if (possible.empty())
        return refuse(
            404, "there is nothing at " + in_quotes(what.target) +
                     "; there are /, /world, /peers/NAME/rules, /conversations, /mail, /events and /stop");
    auto refusal = refuse(
        405, in_quotes(what.method) + " is not possible at " + in_quotes(what.target) + ", only " + possible);
    refusal.allow = possible;
    return refusal;
}

control_reply control_api::page(arguments const&, control_request const&) {
    control_reply made;
    made.type = "text/html; charset=utf-8";
    made.body = control_page();
    return made;
}

namespace {

/// Lists what is wrong with the text of a request, also as a person reads it.
control_reply with_mistakes(text::mistakes const& wrong, text::source const& file) {
    auto mistakes = to_json(wrong, file);
    mistakes["report"] = printable_lines(wrong.report(file));
    return with_body(mistakes, 422);
}

}  // namespace

control_reply control_api::show_world(arguments const&, control_request const&) {
    return with_body(to_json(world_));
}

control_reply control_api::load_world(arguments const&, control_request const& what) {
    text::source const file("<request>", what.body);
    text::mistakes wrong;
    auto found = parse(file, wrong);
    if (!found) return with_mistakes(wrong, file);
    try {
        world_.replace(*std::move(found));
    } catch (std::runtime_error const& why) {
        return refuse(409, std::string(why.what()) + "; the earlier world goes on");
    }
    return with_body(to_json(world_));
}

control_reply control_api::replace_rules(arguments const& which, control_request const& what) {
    text::source const file("<request>", what.body);
    text::mistakes wrong;
    auto found = parse_rules(file, wrong);
    if (!found) return with_mistakes(wrong, file);
    auto const number = found->size();
    if (!world_.replace_rules(which.front(), *std::move(found)))
        return refuse(404, "there is no peer " + in_quotes(which.front()));
    return with_body({{"peer", text::printable(which.front())}, {"rules", number}});
}

control_reply control_api::list_conversations(arguments const&, control_request const&) {
    return with_body(to_json(conversations_));
}

control_reply control_api::show_conversation(arguments const& which, control_request const&) {
    auto const number = number_in(which.front());
    auto const* const found = number ? conversations_.find(*number) : nullptr;
    if (found == nullptr)
        return refuse(404, "there is no conversation " + in_quotes(which.front()) + ", or it is forgotten");
    return with_body(to_json(*found));
}

control_reply control_api::forget_conversations(arguments const&, control_request const&) {
    conversations_.clear();
    return with_body(to_json(conversations_));
}

control_reply control_api::list_mail(arguments const&, control_request const&) {
    return with_body(to_json(mail_));
}

control_reply control_api::show_mail(arguments const& which, control_request const&) {
    auto const number = number_in(which.front());
    auto const found = std::ranges::find_if(
        mail_.latest(), [&](mailbag::kept const& one) { return number && one.number == *number; });
    if (found == mail_.latest().end())
        return refuse(404, "there is no message " + in_quotes(which.front()) + ", or it is forgotten");
    control_reply made;
    made.type = "message/rfc822";
    made.body = found->what->content;
    return made;
}

control_reply control_api::forget_mail(arguments const&, control_request const&) {
    mail_.clear();
    return with_body(to_json(mail_));
}

control_reply control_api::stream_events(arguments const&, control_request const&) {
    control_reply made;
    made.then = control_reply::sequel::events;
    return made;
}

control_reply control_api::stop(arguments const&, control_request const&) {
    auto made = with_body({{"stopped", true}});
    made.then = control_reply::sequel::stop;
    return made;
}

}  // namespace testmta::world
