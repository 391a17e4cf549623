#include "system/sqlite_database.hpp"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string>

namespace callout {
namespace {

namespace fs = std::filesystem;

constexpr int format_version = 1;

constexpr char const* modes = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;";
constexpr char const* schema =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE IF NOT EXISTS records (key TEXT PRIMARY KEY, value TEXT NOT NULL, expires INTEGER NOT "
    "NULL) WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS records_by_expiry ON records (expires);"
    "PRAGMA user_version = 1;"
    "COMMIT;";

/// Returns why the file may not be written or made, if that is so: SQLite would try to read it instead, and
/// report the error of that.
boost::system::error_code objection_to_writing(fs::path const& file) {
    std::error_code ignored;
    auto const& what = fs::exists(file, ignored) ? file : file.parent_path();
    if (::access(what.c_str(), W_OK) == 0) return {};
    return {errno, boost::system::system_category()};
}

/// Returns what went wrong last, as the system's error if it had one.
boost::system::error_code cause_of(sqlite3* db) {
    using boost::system::system_category;
    int const primary = sqlite3_errcode(db) & 0xff;
    if (primary == SQLITE_FULL) return {ENOSPC, system_category()};
    if (primary == SQLITE_BUSY) return {EBUSY, system_category()};
    bool const is_the_systems = primary == SQLITE_CANTOPEN || primary == SQLITE_IOERR;
    int const number = is_the_systems ? sqlite3_system_errno(db) : 0;
    return number != 0 ? boost::system::error_code(number, system_category()) : errc::store_unavailable;
}

bool is_broken(sqlite3* db) {
    int const primary = sqlite3_errcode(db) & 0xff;
    return primary == SQLITE_NOTADB || primary == SQLITE_CORRUPT;
}

sqlite_outcome failure(sqlite_database const& db, fs::path const& file) {
    sqlite_outcome failed(db.get());
    int const primary = sqlite3_errcode(db.get()) & 0xff;
    if (primary != SQLITE_READONLY && primary != SQLITE_CANTOPEN) return failed;
    if (auto const why = objection_to_writing(file)) failed.error = why;
    return failed;
}

sqlite_outcome foreign() {
    sqlite_outcome failed(make_error_code(errc::store_unavailable));
    failed.is_broken = true;
    return failed;
}

/// Another version of ours, or the database of another program, is nothing that we may write to.
sqlite_outcome check(sqlite_database const& db, fs::path const& file) {
    auto const version = prepare(db, "PRAGMA user_version");
    auto const tables = prepare(db, "SELECT count(*) FROM sqlite_master");
    if (!version || sqlite3_step(version.get()) != SQLITE_ROW || !tables ||
        sqlite3_step(tables.get()) != SQLITE_ROW) {
        return failure(db, file);
    }
    auto const found = sqlite3_column_int(version.get(), 0);
    bool const is_empty = sqlite3_column_int(tables.get(), 0) == 0;
    bool const is_ours = found == format_version || (found == 0 && is_empty);
    return is_ours ? sqlite_outcome() : foreign();
}

/// Does not write a file that has them: whoever else has it open would take that for news.
bool make_tables(sqlite_database const& db) {
    auto const version = prepare(db, "PRAGMA user_version");
    if (!version || sqlite3_step(version.get()) != SQLITE_ROW) return false;
    if (sqlite3_column_int(version.get(), 0) == format_version) return true;
    sqlite3_reset(version.get());
    return run(db, schema);
}

/// Each connection has one thread, so that SQLite need not lock it.
constexpr int common_flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;

/// Returns a name that tells when the file was renamed; a second one within the second gets a number.
fs::path name_aside(fs::path const& file) {
    auto const stem =
        file.string() + ".broken-" + std::to_string(to_seconds(std::chrono::system_clock::now()));
    fs::path name = stem;
    for (int i = 1; fs::exists(name); ++i) name = stem + '-' + std::to_string(i);
    return name;
}

}  // namespace

sqlite_outcome::sqlite_outcome(sqlite3* db) : error(cause_of(db)), is_broken(callout::is_broken(db)) {}

sqlite_statement prepare(sqlite_database const& db, std::string_view sql) {
    sqlite3_stmt* made = nullptr;
    sqlite3_prepare_v3(db.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &made,
                       nullptr);
    return sqlite_statement(made);
}

void bind_value(sqlite_statement const& s, int place, std::string_view text) {
    sqlite3_bind_text(s.get(), place, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
}

void bind_value(sqlite_statement const& s, int place, std::int64_t number) {
    sqlite3_bind_int64(s.get(), place, number);
}

std::string text_in(sqlite_statement const& s, int column) {
    auto const* text = reinterpret_cast<char const*>(sqlite3_column_text(s.get(), column));
    if (text == nullptr) return {};
    return std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(s.get(), column)));
}

bool run(sqlite_statement const& s) {
    bool const good = sqlite3_step(s.get()) == SQLITE_DONE;
    sqlite3_reset(s.get());
    return good;
}

bool run(sqlite_database const& db, char const* sql) {
    return sqlite3_exec(db.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK;
}

result<sqlite_database> open_to_read(fs::path const& file) {
    sqlite3* raw = nullptr;
    int const status = sqlite3_open_v2(file.c_str(), &raw, common_flags, nullptr);
    sqlite_database db(raw);
    if (status != SQLITE_OK) return cause_of(raw);
    return db;
}

sqlite_outcome open_to_write(fs::path const& file, sqlite_database& into) {
    sqlite3* raw = nullptr;
    int const status = sqlite3_open_v2(file.c_str(), &raw, common_flags | SQLITE_OPEN_CREATE, nullptr);
    sqlite_database db(raw);
    if (status != SQLITE_OK) return failure(db, file);
    if (auto const checked = check(db, file); checked.failed()) return checked;
    if (!run(db, modes) || !make_tables(db)) return failure(db, file);
    into = std::move(db);
    return sqlite_outcome();
}

result<fs::path> set_aside(fs::path const& file) {
    std::error_code error;
    auto const aside = name_aside(file);
    fs::rename(file, aside, error);
    if (error) return boost::system::error_code(error);
    for (auto const* companion : {"-wal", "-shm"}) fs::remove(file.string() + companion, error);
    return aside;
}

std::int64_t to_seconds(system_time t) {
    return std::chrono::duration_cast<std::chrono::seconds>(t.time_since_epoch()).count();
}

}  // namespace callout
