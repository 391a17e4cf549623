#include <sqlite3.h>
#include <unistd.h>

#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <map>
#include <set>

#include "callout/system.hpp"

namespace callout {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

constexpr int format_version = 1;
constexpr std::size_t max_queue = 10000;  ///< a store that cannot write must not fill the memory

constexpr char const* schema =
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = NORMAL;"
    "CREATE TABLE IF NOT EXISTS records (key TEXT PRIMARY KEY, value TEXT NOT NULL, expires INTEGER NOT "
    "NULL) WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS records_by_expiry ON records (expires);"
    "PRAGMA user_version = 1;";

struct close_database {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
using database = std::unique_ptr<sqlite3, close_database>;

struct finalize_statement {
    void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
};
using statement = std::unique_ptr<sqlite3_stmt, finalize_statement>;

statement prepare(sqlite3* db, std::string_view sql) {
    sqlite3_stmt* made = nullptr;
    sqlite3_prepare_v2(db, sql.data(), static_cast<int>(sql.size()), &made, nullptr);
    return statement(made);
}

void bind_text(sqlite3_stmt* s, int place, std::string_view text) {
    sqlite3_bind_text(s, place, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
}

bool run(sqlite3* db, char const* sql) {
    return sqlite3_exec(db, sql, nullptr, nullptr, nullptr) == SQLITE_OK;
}

/// Returns why the file may not be written or made, if that is so: SQLite would try to read it instead, and
/// report the error of that.
boost::system::error_code objection_to_writing(fs::path const& file) {
    std::error_code ignored;
    auto const& what = fs::exists(file, ignored) ? file : file.parent_path();
    if (::access(what.c_str(), W_OK) == 0) return {};
    return {errno, boost::system::system_category()};
}

/// Returns what went wrong last, as the system's error if it had one.
boost::system::error_code cause_of(sqlite3* db, fs::path const& file) {
    using boost::system::system_category;
    int const primary = sqlite3_errcode(db) & 0xff;
    if (primary == SQLITE_FULL) return {ENOSPC, system_category()};
    if (primary == SQLITE_BUSY) return {EBUSY, system_category()};
    if (primary == SQLITE_READONLY || primary == SQLITE_CANTOPEN) {
        if (auto const why = objection_to_writing(file)) return why;
    }
    bool const is_the_systems = primary == SQLITE_CANTOPEN || primary == SQLITE_IOERR;
    int const number = is_the_systems ? sqlite3_system_errno(db) : 0;
    return number != 0 ? boost::system::error_code(number, system_category()) : errc::store_unavailable;
}

/// Returns the least text that is greater than every text that begins so. A beginning is ASCII, and not
/// empty.
std::string first_after(std::string_view beginning) {
    std::string after(beginning);
    ++after.back();
    return after;
}

std::int64_t to_seconds(system_time t) {
    return std::chrono::duration_cast<std::chrono::seconds>(t.time_since_epoch()).count();
}

/// Whether a file can be used.
enum class condition { good, foreign, unavailable };

condition condition_of(sqlite3* db) {
    auto const version = prepare(db, "PRAGMA user_version");
    auto const tables = prepare(db, "SELECT count(*) FROM sqlite_master");
    if (!version || sqlite3_step(version.get()) != SQLITE_ROW || !tables ||
        sqlite3_step(tables.get()) != SQLITE_ROW) {
        auto const code = sqlite3_errcode(db);
        return code == SQLITE_NOTADB || code == SQLITE_CORRUPT ? condition::foreign : condition::unavailable;
    }
    auto const found = sqlite3_column_int(version.get(), 0);
    bool const empty = sqlite3_column_int(tables.get(), 0) == 0;
    return found == format_version || (found == 0 && empty) ? condition::good : condition::foreign;
}

result<database> open(fs::path const& file) {
    sqlite3* raw = nullptr;
    int const status =
        sqlite3_open_v2(file.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
    database db(raw);
    if (status != SQLITE_OK) return cause_of(raw, file);
    return db;
}

/// Returns a name that tells when the file was renamed; a second one within the second gets a number.
fs::path name_aside(fs::path const& file) {
    auto const stem =
        file.string() + ".broken-" + std::to_string(to_seconds(std::chrono::system_clock::now()));
    fs::path name = stem;
    for (int i = 1; fs::exists(name); ++i) name = stem + '-' + std::to_string(i);
    return name;
}

result<fs::path> set_aside(fs::path const& file) {
    std::error_code error;
    auto const aside = name_aside(file);
    fs::rename(file, aside, error);
    if (error) return boost::system::error_code(error);
    for (auto const* companion : {"-wal", "-shm"}) fs::remove(file.string() + companion, error);
    return aside;
}

/// Returns the open database; a file that is not one of ours is renamed first.
result<database> open_or_replace(fs::path const& file,
                                 std::function<void(fs::path const&)> const& recovered) {
    auto db = open(file);
    if (!db) return db;
    auto const found = condition_of(db->get());
    if (found == condition::unavailable) return cause_of(db->get(), file);
    if (found == condition::foreign) {
        db->reset();
        auto const aside = set_aside(file);
        if (!aside) return aside.error();
        if (recovered) recovered(*aside);
        db = open(file);
        if (!db) return db;
    }
    if (!run(db->get(), schema)) return cause_of(db->get(), file);
    return db;
}

/// Reads at once, from pages that are mostly in memory; writes in batches, so that no verdict waits for a
/// disk.
class sqlite_store final : public store {
public:
    sqlite_store(asio::any_io_executor const& executor, database db, std::chrono::milliseconds flush_interval,
                 std::size_t most, store_news news)
        : db_(std::move(db)),
          count_(prepare(db_.get(), "SELECT count(*) FROM records")),
          has_(prepare(db_.get(), "SELECT 1 FROM records WHERE key = ?1")),
          select_(prepare(db_.get(), "SELECT value, expires FROM records WHERE key = ?1")),
          range_(prepare(db_.get(), "SELECT key FROM records WHERE key >= ?1 AND key < ?2")),
          insert_(
              prepare(db_.get(), "INSERT OR REPLACE INTO records (key, value, expires) VALUES (?1, ?2, ?3)")),
          delete_(prepare(db_.get(), "DELETE FROM records WHERE key = ?1")),
          expire_(prepare(db_.get(), "DELETE FROM records WHERE expires <= ?1")),
          shed_(prepare(
              db_.get(),
              "DELETE FROM records WHERE key IN (SELECT key FROM records ORDER BY expires LIMIT ?1)")),
          timer_(executor),
          interval_(flush_interval),
          most_(static_cast<std::int64_t>(most)),
          news_(std::move(news)),
          entries_(count()) {}
    ~sqlite_store() override { (void)flush(); }

    std::optional<stored_record> get(std::string_view key) override {
        if (auto const queued = queue_.find(key); queued != queue_.end()) return queued->second;
        begin_reading();
        bind_text(select_.get(), 1, key);
        std::optional<stored_record> found;
        if (sqlite3_step(select_.get()) == SQLITE_ROW) {
            auto const* text = reinterpret_cast<char const*>(sqlite3_column_text(select_.get(), 0));
            auto const size = static_cast<std::size_t>(sqlite3_column_bytes(select_.get(), 0));
            auto const expires = system_time(std::chrono::seconds(sqlite3_column_int64(select_.get(), 1)));
            if (text) found.emplace(std::string(text, size), expires);
        }
        sqlite3_reset(select_.get());
        return found;
    }

    void put(std::string_view key, stored_record const& record) override { enqueue(key, record); }
    void erase(std::string_view key) override { enqueue(key, std::nullopt); }

    std::vector<std::string> keys(std::string_view beginning) override {
        begin_reading();
        std::set<std::string> found;
        auto const after = first_after(beginning);
        bind_text(range_.get(), 1, beginning);
        bind_text(range_.get(), 2, after);
        while (sqlite3_step(range_.get()) == SQLITE_ROW) {
            auto const* text = reinterpret_cast<char const*>(sqlite3_column_text(range_.get(), 0));
            if (text) found.emplace(text, static_cast<std::size_t>(sqlite3_column_bytes(range_.get(), 0)));
        }
        sqlite3_reset(range_.get());
        for (auto at = queue_.lower_bound(beginning); at != queue_.end() && at->first < after; ++at) {
            if (at->second)
                found.insert(at->first);
            else
                found.erase(at->first);
        }
        return {found.begin(), found.end()};
    }

    result<void> flush() override {
        end_reading();
        if (queue_.empty()) return {};
        auto const before = entries_;
        if (!write_queue()) {
            auto const why = cause_of(db_.get(), sqlite3_db_filename(db_.get(), "main"));
            run(db_.get(), "ROLLBACK");
            entries_ = before;
            if (!std::exchange(down_, true) && news_.down) news_.down(why);
            return why;
        }
        queue_.clear();
        if (std::exchange(down_, false) && news_.up) news_.up();
        return {};
    }

private:
    void enqueue(std::string_view key, std::optional<stored_record> record) {
        if (queue_.size() >= max_queue && !queue_.contains(key)) return;
        queue_.insert_or_assign(std::string(key), std::move(record));
        schedule_once();
    }

    bool write_queue() {
        bool good = run(db_.get(), "BEGIN");
        for (auto const& [key, record] : queue_) good = good && (record ? insert(key, *record) : remove(key));
        return good && expire() && shed() && run(db_.get(), "COMMIT");
    }

    /// Begins one transaction for everything that is read until the next flush: in a transaction of its own
    /// each read would cost more for locks on the file than for the lookup. What another program writes is
    /// seen after the flush.
    void begin_reading() {
        if (reading_) return;
        reading_ = run(db_.get(), "BEGIN");
        if (reading_) schedule_once();
    }

    void end_reading() {
        if (std::exchange(reading_, false) && !run(db_.get(), "COMMIT")) run(db_.get(), "ROLLBACK");
    }

    void schedule_once() {
        if (!std::exchange(flush_is_due_, true)) schedule();
    }

    void schedule() {
        timer_.expires_after(interval_);
        timer_.async_wait([this, alive = std::weak_ptr<void>(alive_)](boost::system::error_code cancelled) {
            if (cancelled || alive.expired()) return;
            flush_is_due_ = !flush().has_value();
            if (flush_is_due_) schedule();
        });
    }

    std::int64_t count() {
        auto const rows =
            sqlite3_step(count_.get()) == SQLITE_ROW ? sqlite3_column_int64(count_.get(), 0) : 0;
        sqlite3_reset(count_.get());
        return rows;
    }

    bool has(std::string const& key) {
        bind_text(has_.get(), 1, key);
        bool const found = sqlite3_step(has_.get()) == SQLITE_ROW;
        sqlite3_reset(has_.get());
        return found;
    }

    bool expire() {
        sqlite3_bind_int64(expire_.get(), 1, to_seconds(std::chrono::system_clock::now()));
        return remove_by(expire_);
    }

    /// Removes what would expire first: refusals live for hours and passes for days, so a flood of strangers
    /// drives out its own traces.
    bool shed() {
        if (entries_ <= most_) return true;
        sqlite3_bind_int64(shed_.get(), 1, entries_ - most_);
        return remove_by(shed_);
    }

    bool remove_by(statement const& s) {
        bool const good = step(s);
        if (good) entries_ -= sqlite3_changes(db_.get());
        return good;
    }

    bool insert(std::string const& key, stored_record const& record) {
        if (!has(key)) ++entries_;
        bind_text(insert_.get(), 1, key);
        bind_text(insert_.get(), 2, record.value);
        sqlite3_bind_int64(insert_.get(), 3, to_seconds(record.expires));
        return step(insert_);
    }

    bool remove(std::string const& key) {
        bind_text(delete_.get(), 1, key);
        return remove_by(delete_);
    }

    static bool step(statement const& s) {
        bool const good = sqlite3_step(s.get()) == SQLITE_DONE;
        sqlite3_reset(s.get());
        return good;
    }

    database db_;
    statement count_, has_, select_, range_, insert_, delete_, expire_, shed_;
    std::map<std::string, std::optional<stored_record>, std::less<>> queue_;  ///< nothing: to erase
    asio::steady_timer timer_;
    std::chrono::milliseconds interval_;
    std::int64_t most_;
    store_news news_;
    std::int64_t entries_;
    bool reading_ = false;
    bool flush_is_due_ = false;
    bool down_ = false;
    std::shared_ptr<void> alive_ =
        std::make_shared<bool>();  ///< a handler that is already queued cannot be cancelled
};

}  // namespace

result<std::unique_ptr<store>> make_sqlite_store(asio::any_io_executor executor, fs::path file,
                                                 std::chrono::milliseconds flush_interval,
                                                 std::size_t max_entries, store_news news) {
    auto db = open_or_replace(file, news.recovered);
    if (!db) return db.error();
    return std::make_unique<sqlite_store>(executor, *std::move(db), flush_interval, max_entries,
                                          std::move(news));
}

}  // namespace callout
