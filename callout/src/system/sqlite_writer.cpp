#include "system/sqlite_writer.hpp"

#include <algorithm>
#include <chrono>

namespace callout {
namespace {

constexpr auto most_rows_removed = static_cast<std::int64_t>(sqlite_writer::most_rows);

}  // namespace

sqlite_outcome sqlite_writer::open() {
    if (db_) return sqlite_outcome();
    sqlite_database db;
    if (auto const opened = open_to_write(file_, db); opened.failed()) return opened;
    auto const count = prepare(db, "SELECT count(*) FROM records");
    if (!count || sqlite3_step(count.get()) != SQLITE_ROW) return sqlite_outcome(db.get());
    entries_ = sqlite3_column_int64(count.get(), 0);
    insert_ = prepare(db, "INSERT OR IGNORE INTO records (key, value, expires) VALUES (?1, ?2, ?3)");
    update_ = prepare(db, "UPDATE records SET value = ?2, expires = ?3 WHERE key = ?1");
    delete_ = prepare(db, "DELETE FROM records WHERE key = ?1");
    expire_ = prepare(db,
                      "DELETE FROM records WHERE key IN "
                      "(SELECT key FROM records WHERE expires <= ?1 ORDER BY expires LIMIT ?2)");
    shed_ =
        prepare(db, "DELETE FROM records WHERE key IN (SELECT key FROM records ORDER BY expires LIMIT ?1)");
    version_ = prepare(db, "PRAGMA data_version");
    if (!insert_ || !update_ || !delete_ || !expire_ || !shed_ || !version_) return sqlite_outcome(db.get());
    db_ = std::move(db);
    return look_for_another() ? sqlite_outcome() : sqlite_outcome(db_.get());
}

sqlite_outcome sqlite_writer::write(write_queue::batch const& all) {
    if (auto const opened = open(); opened.failed()) return opened;
    auto const before = entries_;
    if (write_in_transaction(all)) return sqlite_outcome();
    sqlite_outcome const failed(db_.get());
    run(db_, "ROLLBACK");
    entries_ = before;
    return failed;
}

result<std::filesystem::path> sqlite_writer::replace_file() {
    close();
    auto const aside = set_aside(file_);
    if (!aside) return aside.error();
    if (auto const opened = open(); opened.failed()) return opened.error;
    return *aside;
}

bool sqlite_writer::write_in_transaction(write_queue::batch const& all) {
    is_behind_ = false;
    bool good = run(db_, "BEGIN IMMEDIATE") && look_for_another();
    for (auto const& [key, record] : all) good = good && (record ? insert(key, *record) : remove(key));
    return good && expire() && shed() && run(db_, "COMMIT");
}

/// The number changes when another connection than this one has written (SQLite, "PRAGMA data_version"); of
/// ours no other does.
bool sqlite_writer::look_for_another() {
    if (sqlite3_step(version_.get()) != SQLITE_ROW) return false;
    auto const now = sqlite3_column_int64(version_.get(), 0);
    sqlite3_reset(version_.get());
    has_seen_another_ = has_seen_another_ || (last_version_ && *last_version_ != now);
    last_version_ = now;
    return true;
}

/// Most records are new. Only a count of rows tells when there are too many of them.
bool sqlite_writer::insert(std::string const& key, stored_record const& record) {
    for (auto const* s : {&insert_, &update_}) {
        bind_value(*s, 1, key);
        bind_value(*s, 2, record.value);
        bind_value(*s, 3, to_seconds(record.expires));
        if (!run(*s)) return false;
        if (sqlite3_changes(db_.get()) != 0) {
            if (s == &insert_) ++entries_;
            break;
        }
    }
    return true;
}

bool sqlite_writer::remove(std::string const& key) {
    bind_value(delete_, 1, key);
    return remove_several(delete_);
}

bool sqlite_writer::expire() {
    bind_value(expire_, 1, to_seconds(std::chrono::system_clock::now()));
    bind_value(expire_, 2, most_rows_removed);
    bool const good = remove_several(expire_);
    is_behind_ = is_behind_ || sqlite3_changes(db_.get()) == most_rows_removed;
    return good;
}

/// Removes what would expire first: refusals live for hours and passes for days, so a flood of strangers
/// drives out its own traces.
bool sqlite_writer::shed() {
    auto const too_many = entries_ - most_;
    if (too_many <= 0) return true;
    bind_value(shed_, 1, std::min(too_many, most_rows_removed));
    is_behind_ = is_behind_ || too_many > most_rows_removed;
    return remove_several(shed_);
}

bool sqlite_writer::remove_several(sqlite_statement const& s) {
    bool const good = run(s);
    if (good) entries_ -= sqlite3_changes(db_.get());
    return good;
}

void sqlite_writer::close() {
    for (auto* s : {&insert_, &update_, &delete_, &expire_, &shed_, &version_}) s->reset();
    last_version_.reset();
    db_.reset();
}

}  // namespace callout
