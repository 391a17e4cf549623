#pragma once

#include <optional>
#include <string>
#include <vector>

#include "callout/doors/store.hpp"
#include "system/sqlite_database.hpp"

namespace callout {

/// Which keys are wanted: those from `from` and before `to`, at most `most`.
struct key_range {
    std::string from;
    std::string to;
    std::size_t most;
};

/// Reads the file of a lasting store, on a connection of its own: it waits for no write. It opens the file
/// when there is something to read.
class sqlite_reader {
public:
    using records = std::vector<std::optional<stored_record>>;

    explicit sqlite_reader(std::filesystem::path file) : file_(std::move(file)) {}

    /// Reads the record of each key, in their order, all as they were at one time. `found` has fewer entries
    /// if it fails.
    sqlite_outcome read(std::vector<std::string> const& keys, records& found);
    sqlite_outcome read(key_range const& which, std::vector<std::string>& found);
    /// Lets go of the file. The next read opens what is there then.
    void close();

private:
    sqlite_outcome open();

    std::filesystem::path file_;
    sqlite_database db_;
    sqlite_statement record_, keys_;
};

}  // namespace callout
