#pragma once

#include "system/sqlite_database.hpp"
#include "system/write_queue.hpp"

namespace callout {

/// Writes the file of a lasting store, in transactions that are short: no more is written, expired or shed at
/// once than `most_rows` each.
class sqlite_writer {
public:
    /// So much takes milliseconds; a million ended records in one statement took 20 s.
    static constexpr std::size_t most_rows = 500;

    sqlite_writer(std::filesystem::path file, std::size_t most_entries)
        : file_(std::move(file)), most_(static_cast<std::int64_t>(most_entries)) {}

    sqlite_outcome open();
    /// Writes all of it or nothing, and removes some of what has expired or is too much. Opens the file if
    /// that has not been possible before.
    sqlite_outcome write(write_queue::batch const& all);
    /// Returns whether more has expired, or is too much, than the last write removed.
    bool is_behind() const noexcept { return is_behind_; }
    /// Returns how many records the file had after the last write.
    std::size_t entries() const noexcept { return static_cast<std::size_t>(entries_); }
    /// Returns whether another program has written the file, as far as our last write saw, since this was
    /// asked last.
    bool take_seen_another() noexcept { return std::exchange(has_seen_another_, false); }
    /// Renames a broken file, and opens a new one. Returns the new name of the broken one.
    result<std::filesystem::path> replace_file();

private:
    bool write_in_transaction(write_queue::batch const& all);
    bool look_for_another();
    bool insert(std::string const& key, stored_record const& record);
    bool remove(std::string const& key);
    bool expire();
    bool shed();
    bool remove_several(sqlite_statement const& s);

    void close();

    std::filesystem::path file_;
    std::int64_t most_;
    sqlite_database db_;
    sqlite_statement insert_, update_, delete_, expire_, shed_, version_;
    std::int64_t entries_ = 0;
    std::optional<std::int64_t> last_version_;
    bool has_seen_another_ = false;
    bool is_behind_ = false;
};

}  // namespace callout
