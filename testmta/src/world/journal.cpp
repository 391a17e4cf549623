#include "journal.hpp"

#include <boost/json.hpp>
#include <stdexcept>

#include "text/printable.hpp"

namespace testmta::world {

namespace {

std::string_view to_string(journal::direction way) {
    switch (way) {
        case journal::direction::connected: return "connected";
        case journal::direction::received: return "received";
        case journal::direction::sent: return "sent";
        case journal::direction::closed: return "closed";
    }
    return "";
}

}  // namespace

void journal::open(std::string const& file) {
    out_.open(file, std::ios::binary | std::ios::trunc);
    if (!out_) throw std::runtime_error(file + ": cannot be written");
}

void journal::record(std::uint64_t connection, std::string_view peer, direction way, std::string_view line) {
    if (!out_.is_open()) return;
    auto const since = std::chrono::steady_clock::now() - start_;
    boost::json::object entry;
    entry["time_ms"] = std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
    entry["connection"] = connection;
    entry["peer"] = peer;
    entry["direction"] = to_string(way);
    entry["line"] = text::printable(line);  // JSON is UTF-8
    out_ << entry << std::endl;             // flushed: the file is read while the world runs
}

}  // namespace testmta::world
