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

void journal::record(std::uint64_t connection, std::string_view peer, direction way, std::string_view line,
                     std::chrono::steady_clock::time_point when) {
    if (!out_.is_open()) return;
    auto const since = when - start_;
    boost::json::object entry;
    entry["time_ms"] = std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
    if (!entry_.empty()) entry["entry"] = entry_;
    entry["connection"] = connection;
    entry["peer"] = peer;
    entry["direction"] = to_string(way);
    entry["line"] = text::printable(line);  // JSON is UTF-8
    errno = 0;
    out_ << entry << std::endl;  // flushed, because the file is read while the world runs
    if (!out_ && problem_.empty())
        problem_ = file_ + ": the log is not complete: " + std::generic_category().message(errno);
}

}  // namespace testmta::world
