#include "system/sqlite_reader.hpp"

namespace callout {
namespace {

/// Leaves no statement and no transaction open, whatever ends the reading of it.
class read_to_the_end {
public:
    read_to_the_end(sqlite_database const& db, sqlite_statement const& s) : db_(db), statement_(s) {}
    ~read_to_the_end() {
        sqlite3_reset(statement_.get());
        if (sqlite3_get_autocommit(db_.get()) == 0) run(db_, "COMMIT");
    }
    read_to_the_end(read_to_the_end const&) = delete;

private:
    sqlite_database const& db_;
    sqlite_statement const& statement_;
};

}  // namespace

sqlite_outcome sqlite_reader::read(std::vector<std::string> const& keys, records& found) {
    if (auto const opened = open(); opened.failed()) return opened;
    // Each read in a transaction of its own would cost more for locks on the file than for the lookup.
    read_to_the_end const here(db_, record_);
    if (!run(db_, "BEGIN")) return sqlite_outcome(db_.get());
    for (auto const& key : keys) {
        bind_value(record_, 1, key);
        int const status = sqlite3_step(record_.get());
        if (status == SQLITE_ROW) {
            auto const expires = system_time(std::chrono::seconds(sqlite3_column_int64(record_.get(), 1)));
            found.emplace_back(stored_record(text_in(record_, 0), expires));
        } else if (status == SQLITE_DONE) {
            found.emplace_back();
        } else {
            return sqlite_outcome(db_.get());
        }
        sqlite3_reset(record_.get());
    }
    return sqlite_outcome();
}

sqlite_outcome sqlite_reader::read(key_range const& which, std::vector<std::string>& found) {
    if (auto const opened = open(); opened.failed()) return opened;
    read_to_the_end const here(db_, keys_);
    bind_value(keys_, 1, which.from);
    bind_value(keys_, 2, which.to);
    bind_value(keys_, 3, static_cast<std::int64_t>(which.most));
    int status = sqlite3_step(keys_.get());
    for (; status == SQLITE_ROW; status = sqlite3_step(keys_.get())) found.push_back(text_in(keys_, 0));
    return status == SQLITE_DONE ? sqlite_outcome() : sqlite_outcome(db_.get());
}

void sqlite_reader::close() {
    record_.reset();
    keys_.reset();
    db_.reset();
}

sqlite_outcome sqlite_reader::open() {
    if (db_) return sqlite_outcome();
    auto opened = open_to_read(file_);
    if (!opened) return sqlite_outcome(opened.error());
    auto record = prepare(*opened, "SELECT value, expires FROM records WHERE key = ?1");
    auto keys = prepare(*opened, "SELECT key FROM records WHERE key >= ?1 AND key < ?2 LIMIT ?3");
    if (!record || !keys) return sqlite_outcome(opened->get());
    db_ = *std::move(opened);
    record_ = std::move(record);
    keys_ = std::move(keys);
    return sqlite_outcome();
}

}  // namespace callout
