#pragma once

#include <sqlite3.h>

#include <filesystem>
#include <memory>
#include <string_view>

#include "callout/doors/clock.hpp"
#include "callout/doors/error.hpp"

/// The file of a lasting store: how it is opened, read, and set aside when it is broken.
namespace callout {

struct finalize_statement {
    void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
};
using sqlite_statement = std::unique_ptr<sqlite3_stmt, finalize_statement>;

struct close_database {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
/// A connection to the file, for one thread at a time.
using sqlite_database = std::unique_ptr<sqlite3, close_database>;

/// What a step with the file came to.
class sqlite_outcome {
public:
    sqlite_outcome() {}
    /// What went wrong last on this connection.
    explicit sqlite_outcome(sqlite3* db);
    explicit sqlite_outcome(boost::system::error_code why) : error(why) {}
    bool failed() const noexcept { return error.failed(); }

    boost::system::error_code error;  ///< the system's if it had one
    /// The file is not a database of ours, or is damaged: it is of no use any more.
    bool is_broken = false;
};

sqlite_statement prepare(sqlite_database const& db, std::string_view sql);
void bind_value(sqlite_statement const& s, int place, std::string_view text);
void bind_value(sqlite_statement const& s, int place, std::int64_t number);
/// Returns a column of the row that was stepped to.
std::string text_in(sqlite_statement const& s, int column);
/// Runs a statement that returns no rows.
bool run(sqlite_statement const& s);
bool run(sqlite_database const& db, char const* sql);

/// Opens a file that is there, to read it.
result<sqlite_database> open_to_read(std::filesystem::path const& file);
/// Opens or makes a file with our tables.
sqlite_outcome open_to_write(std::filesystem::path const& file, sqlite_database& into);

/// Renames a file, so that there may be a new one; what belongs to it alone goes. Returns the new name, which
/// says when that was.
result<std::filesystem::path> set_aside(std::filesystem::path const& file);

std::int64_t to_seconds(system_time t);

}  // namespace callout
