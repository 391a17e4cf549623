#include "world/peers/journal.hpp"

#include <boost/json.hpp>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "text/printable.hpp"

namespace testmta::world {

namespace {

std::string_view to_string(journal::direction way) {
    switch (way) {
        case journal::direction::connected: return "connected";
        case journal::direction::received: return "received";
        case journal::direction::sent: return "sent";
        case journal::direction::secured: return "secured";
        case journal::direction::tls_failed: return "tls-failed";
        case journal::direction::bounced: return "bounced";
        case journal::direction::closed: return "closed";
    }
    return "";
}

}  // namespace

void journal::open(std::string const& file) {
    errno = 0;
    out_.open(file, std::ios::binary | std::ios::trunc);
    if (!out_)
        throw std::runtime_error(file +
                                 ": the file cannot be written: " + std::generic_category().message(errno));
    file_ = file;
}

void journal::begin(std::string entry, std::chrono::steady_clock::time_point start) {
    entry_ = std::move(entry);
    start_ = start;
    connections_ = 0;
}

boost::json::object journal::begin_event(std::uint64_t connection, std::string_view peer,
                                         std::string_view way,
                                         std::chrono::steady_clock::time_point when) const {
    boost::json::object made;
    made["time_ms"] = std::chrono::duration_cast<std::chrono::milliseconds>(when - start_).count();
    if (!entry_.empty()) made["entry"] = entry_;
    made["connection"] = connection;
    made["peer"] = peer;
    made["direction"] = way;
    return made;
}

void journal::write(boost::json::object const& what, std::uint64_t connection, std::string_view peer) {
    auto const json = boost::json::serialize(what);
    if (watcher_) {
        auto const word = [&](char const* key) { return std::string_view(what.at(key).as_string()); };
        watcher_({connection, peer, word("direction"), word("line"), json});
    }
    if (!out_.is_open()) return;
    errno = 0;
    out_ << json << std::endl;  // flushed, because the file is read while the world runs
    if (!out_ && problem_.empty())
        problem_ = file_ + ": the log is not complete: " + std::generic_category().message(errno);
}

void journal::record(std::uint64_t connection, std::string_view peer, direction way, std::string_view line,
                     std::chrono::steady_clock::time_point when) {
    if (!is_wanted()) return;
    auto made = begin_event(connection, peer, to_string(way), when);
    made["line"] = text::printable(line);  // JSON is UTF-8
    write(made, connection, peer);
}

void journal::record(std::uint64_t connection, std::string_view peer, received_message const& what,
                     std::uint64_t number, std::chrono::steady_clock::time_point when) {
    if (!is_wanted()) return;
    boost::json::array recipients;
    for (auto const& one : what.recipients) recipients.emplace_back(text::printable(one));
    boost::json::array fields;
    for (auto const& [name, value] : header_fields(what.content))
        fields.emplace_back(boost::json::array({text::printable(name), text::printable(value)}));
    auto made = begin_event(connection, peer, "message", when);
    made["line"] = "";
    if (what.accepted) made["number"] = number;
    made["accepted"] = what.accepted;
    made["sender"] = text::printable(what.sender);
    made["recipients"] = std::move(recipients);
    made["size"] = what.size;
    made["fields"] = std::move(fields);
    write(made, connection, peer);
}

}  // namespace testmta::world
