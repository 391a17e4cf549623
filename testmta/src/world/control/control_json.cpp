#include "world/control/control_json.hpp"

#include "text/printable.hpp"

namespace testmta::world {

namespace {

using boost::json::array;
using boost::json::object;

std::string_view to_string(port_state what) {
    switch (what) {
        case port_state::listening: return "listening";
        case port_state::closed: return "closed";
        case port_state::blackhole: return "blackhole";
    }
    return "";
}

object json_of(peer const& host, ports where, peer_memory const* seen) {
    array addresses, offers, mailboxes, rules;
    for (auto const& one : host.addresses) addresses.emplace_back(one.to_string());
    for (auto const& one : host.offers) offers.emplace_back(text::printable(one.line));
    for (auto const& one : host.mailboxes) mailboxes.emplace_back(text::printable(one.text()));
    for (auto const& one : host.rules) rules.emplace_back(text::printable(one.text));
    object found;
    found["name"] = text::printable(host.name);
    found["addresses"] = std::move(addresses);
    found["port"] = where.smtp;
    found["state"] = to_string(host.port);
    found["offers"] = std::move(offers);
    found["mailboxes"] = std::move(mailboxes);
    found["rules"] = std::move(rules);
    found["connections"] = seen == nullptr ? 0 : seen->connections();
    found["open"] = seen == nullptr ? 0 : seen->open();
    return found;
}

object summary_of(conversation_log::conversation const& one) {
    object found;
    found["id"] = one.id;
    found["peer"] = text::printable(one.peer);
    found["client"] = one.client;
    found["ended"] = one.has_ended;
    found["cut"] = one.is_cut;
    return found;
}

}  // namespace

object to_json(changeable_world const& world) {
    array zones, peers;
    for (auto const& one : world.what().zones) zones.emplace_back(one.domain);
    for (auto const& one : world.what().peers)
        peers.emplace_back(json_of(one, world.where(), world.memory_of(one.name)));
    object found;
    found["dns"] = {{"address", "127.0.0.1"}, {"port", world.where().dns}};
    found["zones"] = std::move(zones);
    found["peers"] = std::move(peers);
    return found;
}

object to_json(conversation_log const& all) {
    array list;
    for (auto const& one : all.latest()) {
        auto found = summary_of(one);
        found["events"] = one.events.size();
        list.emplace_back(std::move(found));
    }
    return {{"conversations", std::move(list)}, {"forgotten", all.forgotten()}};
}

object to_json(conversation_log::conversation const& one) {
    array events;
    for (auto const& event : one.events) events.emplace_back(boost::json::parse(event));
    auto found = summary_of(one);
    found["events"] = std::move(events);
    return found;
}

object to_json(mailbag const& all) {
    array list;
    for (auto const& [number, peer, what] : all.latest()) {
        array recipients, fields;
        for (auto const& one : what->recipients) recipients.emplace_back(text::printable(one));
        for (auto const& [name, value] : header_fields(what->content))
            fields.emplace_back(array({text::printable(name), text::printable(value)}));
        object found;
        found["number"] = number;
        found["peer"] = text::printable(peer);
        found["sender"] = text::printable(what->sender);
        found["recipients"] = std::move(recipients);
        found["size"] = what->size;
        found["fields"] = std::move(fields);
        list.emplace_back(std::move(found));
    }
    return {{"messages", std::move(list)}};
}

object to_json(text::mistakes const& wrong, text::source const& in) {
    array list;
    for (auto const& one : wrong.all()) {
        auto const at = in.locate(one.offset);
        object found;
        found["line"] = at.line;
        found["column"] = at.column;
        found["text"] = text::printable(one.text);
        list.emplace_back(std::move(found));
    }
    object found;
    found["error"] = "the text has mistakes; what was there before goes on";
    found["mistakes"] = std::move(list);
    return found;
}

std::string printable_lines(std::string_view text) {
    std::string found;
    for (;;) {
        auto const end = text.find('\n');
        found += text::printable(text.substr(0, end));
        if (end == std::string_view::npos) return found;
        found += '\n';
        text.remove_prefix(end + 1);
    }
}

}  // namespace testmta::world
