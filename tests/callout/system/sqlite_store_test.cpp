#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fstream>

#include "callout/system.hpp"
#include "support/callout_run.hpp"
#include "support/cannot_run.hpp"

using namespace callout;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

struct sqlite_store : ::testing::Test {
    sqlite_store() {
        std::string name = (fs::temp_directory_path() / "callout-store-XXXXXX").string();
        folder = ::mkdtemp(name.data());
    }
    ~sqlite_store() override { fs::remove_all(folder); }

    result<std::unique_ptr<store>> open(std::chrono::milliseconds interval = 1h, std::size_t most = 1000000) {
        return make_sqlite_store(context.get_executor(), file(), interval, most, news());
    }
    fs::path file() const { return folder / "cache.db"; }
    store_news news() {
        store_news all;
        all.recovered = [this](fs::path const& where) { aside = where; };
        all.down = [this](boost::system::error_code why) { told.push_back(why.message()); };
        all.up = [this] { told.emplace_back("up"); };
        all.dropped = [this](std::size_t count) { told.push_back(std::to_string(count) + " dropped"); };
        return all;
    }

    template <class T>
    T run(boost::asio::awaitable<T> what) {
        return test::run(context, std::move(what));
    }
    std::optional<stored_record> get(store& s, std::string const& key) {
        return run(s.fetch({key}, std::chrono::steady_clock::now() + 10s)).at(0);
    }
    bool flush(store& s) { return run(s.flush()).has_value(); }
    /// Goes on until the store knows all keys of its file.
    void read_keys(store const& s) {
        context.restart();
        while (s.may_have("a key that nobody has written")) context.run_for(1ms);
    }
    static steady_time soon() { return std::chrono::steady_clock::now() + 10s; }
    /// Writes garbage over every page of the file but the first, which says what it is.
    void damage() const {
        constexpr int page = 4096;
        std::fstream f(file(), std::ios::in | std::ios::out | std::ios::binary);
        std::string const garbage(std::size_t(fs::file_size(file())) - page, '\xa5');
        f.seekp(page);
        f.write(garbage.data(), std::streamsize(garbage.size()));
    }

    boost::asio::io_context context{1};
    fs::path folder;
    fs::path aside;
    std::vector<std::string> told;  ///< why it went down, and "up"
    system_time const later = std::chrono::system_clock::now() + 1h;
};

}  // namespace

TEST_F(sqlite_store, gives_back_what_is_queued) {
    auto const s = open().value();
    s->put("a", stored_record("one", later));
    EXPECT_EQ(get(*s, "a").value().value, "one");
    EXPECT_FALSE(get(*s, "b"));
}

TEST_F(sqlite_store, survives_a_restart) {  // CO-151
    {
        auto const s = open().value();
        s->put("a", stored_record("one", later));
        s->put("b", stored_record("two", later));
        s->erase("b");
        EXPECT_TRUE(flush(*s));
    }
    auto const s = open().value();
    EXPECT_EQ(get(*s, "a").value().value, "one");
    EXPECT_NEAR(double((get(*s, "a").value().expires - later) / 1s), 0, 1);
    EXPECT_FALSE(get(*s, "b"));
    EXPECT_TRUE(aside.empty());
}

TEST_F(sqlite_store, lists_what_is_in_the_file_and_what_is_queued) {  // DM-038
    auto const s = open().value();
    for (auto const* key : {"v1:a:1", "v1:a:2", "v1:a", "v1:b:3", "v1:a:\xc3\xa9", "v1:`"})
        s->put(key, stored_record("x", later));
    EXPECT_TRUE(flush(*s));
    s->erase("v1:a:2");
    s->put("v1:a:4", stored_record("x", later));
    s->put("v1:b:5", stored_record("x", later));
    EXPECT_EQ(run(s->keys("v1:a:")), (std::vector<std::string>{"v1:a:1", "v1:a:4", "v1:a:\xc3\xa9"}));
    EXPECT_TRUE(run(s->keys("v2:")).empty());
}

TEST_F(sqlite_store, flushes_by_itself) {  // CO-150
    auto const s = open(1ms).value();
    s->put("a", stored_record("one", later));
    context.run();
    auto const second = open().value();
    EXPECT_EQ(get(*second, "a").value().value, "one");
}

// Reads share a transaction, which must neither last nor keep us from writing.
TEST_F(sqlite_store, sees_what_another_program_writes) {
    auto const ours = open().value();
    auto const theirs = open().value();
    EXPECT_FALSE(get(*ours, "a"));
    theirs->put("a", stored_record("one", later));
    EXPECT_TRUE(flush(*theirs));
    EXPECT_EQ(get(*ours, "a").value().value, "one");
    ours->put("b", stored_record("two", later));
    EXPECT_TRUE(flush(*ours));
    EXPECT_EQ(get(*theirs, "b").value().value, "two");
}

TEST_F(sqlite_store, knows_which_keys_it_has) {  // CO-234
    constexpr int more_than_a_piece = 1234;
    {
        auto const s = open().value();
        EXPECT_TRUE(s->may_have("x")) << "nothing has been read yet";
        read_keys(*s);
        for (int i = 0; i < more_than_a_piece; ++i) s->put(std::to_string(i), stored_record("one", later));
        EXPECT_TRUE(s->may_have("0")) << "it is queued";
        EXPECT_TRUE(flush(*s));
        EXPECT_TRUE(s->may_have("0"));
    }
    auto const s = open().value();
    s->put("queued before all is read", stored_record("one", later));
    read_keys(*s);
    for (int i = 0; i < more_than_a_piece; ++i) ASSERT_TRUE(s->may_have(std::to_string(i))) << i;
    EXPECT_TRUE(s->may_have("queued before all is read"));
    int wrong = 0;
    for (int i = 0; i < 1000; ++i) wrong += s->may_have("nobody" + std::to_string(i));
    EXPECT_LT(wrong, 100);
}

// What it adds we would deny.
TEST_F(sqlite_store, knows_no_keys_when_another_program_writes_too) {  // CO-234
    auto const ours = open().value();
    auto const theirs = open().value();
    ours->put("first", stored_record("one", later));
    EXPECT_TRUE(flush(*ours));
    read_keys(*ours);
    theirs->put("theirs", stored_record("one", later));
    EXPECT_TRUE(flush(*theirs));
    ours->put("ours", stored_record("one", later));
    EXPECT_TRUE(flush(*ours));
    EXPECT_TRUE(ours->may_have("theirs")) << "our write has seen that";
    theirs->put("one more", stored_record("one", later));
    EXPECT_TRUE(flush(*theirs));
    EXPECT_TRUE(ours->may_have("one more"));
}

namespace {

/// Another program that has the file open.
class other_program {
public:
    explicit other_program(fs::path const& file) { sqlite3_open(file.c_str(), &db_); }
    ~other_program() { sqlite3_close(db_); }
    other_program(other_program const&) = delete;
    bool run(char const* sql) { return sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) == SQLITE_OK; }

private:
    sqlite3* db_ = nullptr;
};

}  // namespace

// The transaction of a batch that could not be written must not stay open: no other could begin.
TEST_F(sqlite_store, file_that_is_locked_costs_no_batch) {  // CO-150
    auto const s = open().value();
    other_program other(file());
    ASSERT_TRUE(other.run("BEGIN IMMEDIATE"));
    s->put("a", stored_record("one", later));
    EXPECT_EQ(run(s->flush()).error(), boost::system::errc::device_or_resource_busy);
    EXPECT_FALSE(flush(*s));
    EXPECT_EQ(get(*s, "a").value().value, "one") << "it is queued still";
    ASSERT_TRUE(other.run("COMMIT"));
    s->put("b", stored_record("two", later));
    EXPECT_TRUE(flush(*s));
    EXPECT_EQ(told, (std::vector<std::string>{"Device or resource busy", "up"})) << "each once";
    auto const second = open().value();
    EXPECT_EQ(get(*second, "a").value().value, "one");
    EXPECT_EQ(get(*second, "b").value().value, "two");
}

TEST_F(sqlite_store, queue_of_a_file_that_is_locked_is_bounded) {  // RS-065
    auto const s = open().value();
    other_program other(file());
    ASSERT_TRUE(other.run("BEGIN IMMEDIATE"));
    s->put("pass", stored_record("one", later + 24h));
    for (int i = 0; i < 10001; ++i) s->put(std::to_string(i), stored_record("one", later));
    EXPECT_FALSE(flush(*s));
    EXPECT_TRUE(get(*s, "pass"));
    EXPECT_TRUE(get(*s, "10000"));
    s->put("10000", stored_record("two", later));
    EXPECT_EQ(get(*s, "10000").value().value, "two") << "what waits already may change";
    ASSERT_TRUE(other.run("COMMIT"));
    EXPECT_TRUE(flush(*s));
    EXPECT_EQ(told.back(), "2 dropped");
    EXPECT_TRUE(get(*s, "pass"));
    EXPECT_TRUE(get(*s, "10000"));
}

// Or the store would shed good records for those that it only believes to have.
TEST_F(sqlite_store, batch_that_was_not_written_does_not_count) {  // RS-065, DM-127
    auto const s = open(1h, 100).value();
    for (int i = 0; i < 99; ++i) s->put(std::to_string(i), stored_record("one", later));
    ASSERT_TRUE(flush(*s));
    other_program other(file());
    ASSERT_TRUE(other.run("BEGIN IMMEDIATE"));
    s->put("last", stored_record("one", later));
    for (int i = 0; i < 10; ++i) EXPECT_FALSE(flush(*s));
    ASSERT_TRUE(other.run("COMMIT"));
    EXPECT_TRUE(flush(*s));
    for (int i = 0; i < 99; ++i) EXPECT_TRUE(get(*s, std::to_string(i))) << i;
    EXPECT_TRUE(get(*s, "last"));
    s->put("one too many", stored_record("one", later + 1h));
    EXPECT_TRUE(flush(*s));
    int left = 0;
    for (int i = 0; i < 99; ++i) left += get(*s, std::to_string(i)).has_value();
    EXPECT_EQ(left + get(*s, "last").has_value(), 99) << "one goes for one that comes";
}

TEST_F(sqlite_store, expired_records_leave_with_the_next_flush) {
    auto const s = open().value();
    s->put("old", stored_record("one", std::chrono::system_clock::now() - 1h));
    EXPECT_TRUE(flush(*s));
    EXPECT_FALSE(get(*s, "old"));
}

TEST_F(sqlite_store, corrupt_file_is_set_aside) {  // CO-151
    std::ofstream(file()) << std::string(8192, 'x');
    auto const s = open();
    ASSERT_TRUE(s.has_value());
    EXPECT_TRUE(aside.filename().string().starts_with("cache.db.broken-"));
    EXPECT_EQ(fs::file_size(aside), 8192u);
    (*s)->put("a", stored_record("one", later));
    EXPECT_TRUE(flush(**s));
}

TEST_F(sqlite_store, unknown_version_is_set_aside) {  // CO-151
    open().value()->put("a", stored_record("one", later));
    {
        std::fstream f(file(), std::ios::in | std::ios::out | std::ios::binary);
        f.seekp(60);  // user_version, big-endian, in the file's header
        f.write("\0\0\0\7", 4);
    }
    auto const s = open();
    ASSERT_TRUE(s.has_value());
    EXPECT_FALSE(aside.empty());
    EXPECT_FALSE(get(**s, "a"));
}

TEST_F(sqlite_store, folder_that_is_not_there_is_an_error) {
    auto const s =
        make_sqlite_store(context.get_executor(), folder / "nowhere" / "cache.db", 1s, 10, store_news());
    ASSERT_FALSE(s.has_value());
    EXPECT_EQ(s.error(), boost::system::errc::no_such_file_or_directory);
}

TEST_F(sqlite_store, what_would_end_first_goes_first_when_there_are_too_many) {  // CO-148
    auto const s = open(1h, 100).value();
    s->put("pass", stored_record("one", later + 24h));
    EXPECT_TRUE(flush(*s));
    for (int i = 0; i < 1000; ++i) {
        s->put("stranger" + std::to_string(i), stored_record("two", later + 1s * i));
        if (i % 50 == 0) {
            EXPECT_TRUE(flush(*s));
        }
    }
    EXPECT_TRUE(flush(*s));
    EXPECT_TRUE(get(*s, "pass"));
    EXPECT_TRUE(get(*s, "stranger999"));
    EXPECT_TRUE(get(*s, "stranger901"));
    EXPECT_FALSE(get(*s, "stranger900"));
    s->put("stranger999", stored_record("again", later));  // it is there already: nobody has to go
    EXPECT_TRUE(flush(*s));
    EXPECT_TRUE(get(*s, "stranger901"));
}

namespace {

/// Writes batch after batch and reports the number of each that is flushed, until it is killed.
[[noreturn]] void write_until_killed(fs::path const& file, int tell) {
    boost::asio::io_context context{1};
    auto const s = make_sqlite_store(context.get_executor(), file, 1h, 1000000, store_news()).value();
    auto const later = std::chrono::system_clock::now() + 1h;
    for (int batch = 0;; ++batch) {
        for (int i = 0; i < 20; ++i) {
            s->put(std::to_string(batch) + '/' + std::to_string(i),
                   stored_record(std::string(300, 'x'), later));
        }
        if (!test::run(context, s->flush()) || ::write(tell, &batch, sizeof batch) != sizeof batch)
            ::_exit(1);
    }
}

int last_number_in(int pipe) {
    int last = -1;
    for (int number = 0; ::read(pipe, &number, sizeof number) == sizeof number;) last = number;
    return last;
}

}  // namespace

// After each number of batches: whatever was flushed is there, whole; the batch under way is there as a whole
// or not at all; the file needs no repair.
TEST_F(sqlite_store, kill_loses_at_most_the_last_batch) {  // CO-150
    for (int round = 0; round < 20; ++round) {
        fs::remove_all(folder / "cache.db");
        for (auto const* companion : {"cache.db-wal", "cache.db-shm"}) fs::remove(folder / companion);
        int ends[2];
        ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
        auto const child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) write_until_killed(file(), ends[1]);
        ::close(ends[1]);
        int flushed = -1;
        while (flushed < round) ASSERT_EQ(::read(ends[0], &flushed, sizeof flushed), sizeof flushed);
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        flushed = std::max(flushed, last_number_in(ends[0]));
        ::close(ends[0]);

        auto const s = open().value();
        EXPECT_TRUE(aside.empty());
        for (int batch = 0; batch <= flushed + 1; ++batch) {
            int found = 0;
            for (int i = 0; i < 20; ++i) {
                auto const record = get(*s, std::to_string(batch) + '/' + std::to_string(i));
                found += record && record->value == std::string(300, 'x');
            }
            EXPECT_TRUE(found == 20 || (batch > flushed && found == 0)) << batch << " of " << flushed;
        }
    }
}

namespace {

enum fault : int {
    none,
    no_namespace,
    opened_not,
    wrote_to_a_full_disk,
    told_nobody,
    lost_what_was_queued,
    wrote_not_later
};

/// On a disk of 300 KiB.
fault fill_the_disk(fs::path const& folder) {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("none", folder.c_str(), "tmpfs", 0, "size=300k") != 0) {
        return no_namespace;
    }
    boost::asio::io_context context{1};
    store_news news;
    bool is_full = false;
    news.down = [&](boost::system::error_code why) {
        is_full = why == boost::system::errc::no_space_on_device;
    };
    auto opened = make_sqlite_store(context.get_executor(), folder / "cache.db", 1h, 1000000, news);
    if (!opened) return opened_not;
    auto const s = *std::move(opened);
    auto const later = std::chrono::system_clock::now() + 1h;
    auto const flush = [&] { return test::run(context, s->flush()).has_value(); };
    auto const has = [&](std::string const& key) {
        return test::run(context, s->fetch({key}, std::chrono::steady_clock::now() + 10s)).at(0).has_value();
    };
    s->put("first", stored_record("one", later));
    if (!flush()) return opened_not;
    for (int i = 0; i < 5000; ++i) s->put(std::to_string(i), stored_record(std::string(500, 'x'), later));
    if (flush()) return wrote_to_a_full_disk;
    if (!is_full) return told_nobody;
    if (!has("first") || !has("0") || !has("4999")) return lost_what_was_queued;
    if (::mount("none", folder.c_str(), "tmpfs", MS_REMOUNT, "size=64m") != 0) return no_namespace;
    if (!flush() || !has("4999")) return wrote_not_later;
    return none;
}

}  // namespace

// A full disk costs the lasting of what is learnt, nothing else; with room again all is written.
TEST_F(sqlite_store, full_disk_stops_nothing) {  // CO-151, RS: disk full
    auto const child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) ::_exit(fill_the_disk(folder));
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    if (WEXITSTATUS(status) == no_namespace) CANNOT_RUN("needs the right to mount in a namespace of its own");
    EXPECT_EQ(WEXITSTATUS(status), none);
}

namespace {

/// SQLite's own way to files, but each `fsync` waits as long as this lives, or until `release`. One at a
/// time.
class stuck_disk {
public:
    stuck_disk() {
        real_ = sqlite3_vfs_find(nullptr);
        vfs_ = *real_;
        vfs_.zName = "stuck";
        vfs_.xOpen = &stuck_disk::open;
        sqlite3_vfs_register(&vfs_, 1);
    }
    ~stuck_disk() {
        release();
        sqlite3_vfs_unregister(&vfs_);
    }
    stuck_disk(stuck_disk const&) = delete;
    static void seize() { is_stuck_ = true; }
    static void release() {
        is_stuck_ = false;
        is_stuck_.notify_all();
    }
    static bool is_awaited() { return is_syncing_; }

private:
    static int open(sqlite3_vfs*, char const* name, sqlite3_file* file, int flags, int* out) {
        int const status = real_->xOpen(real_, name, file, flags, out);
        bool const is_journal = (flags & SQLITE_OPEN_WAL) != 0;
        bool const is_written = is_journal || (flags & SQLITE_OPEN_MAIN_DB) != 0;
        if (status != SQLITE_OK || file->pMethods == nullptr || !is_written) return status;
        auto& mine = methods_[is_journal];
        if (sync_of_[is_journal] == nullptr) sync_of_[is_journal] = file->pMethods->xSync;
        mine = *file->pMethods;
        mine.xSync = is_journal ? &sync<true> : &sync<false>;
        file->pMethods = &mine;
        return status;
    }
    template <bool IsJournal>
    static int sync(sqlite3_file* file, int flags) {
        is_syncing_ = is_stuck_.load();
        is_stuck_.wait(true);
        return sync_of_[IsJournal](file, flags);
    }

    static inline sqlite3_vfs* real_ = nullptr;
    static inline sqlite3_io_methods methods_[2];
    static inline int (*sync_of_[2])(sqlite3_file*, int) = {nullptr, nullptr};
    static inline std::atomic<bool> is_stuck_ = false;
    static inline std::atomic<bool> is_syncing_ = false;
    sqlite3_vfs vfs_;
};

}  // namespace

// A checkpoint waits for the disk; questions do not.
TEST_F(sqlite_store, reads_do_not_wait_for_a_disk_that_writes) {  // CO-220, RS-110
    stuck_disk disk;
    auto const s = open().value();
    s->put("a", stored_record("one", later));
    ASSERT_TRUE(flush(*s));
    disk.seize();
    for (int i = 0; i < 10000; ++i) s->put(std::to_string(i), stored_record(std::string(500, 'x'), later));
    std::optional<bool> written;
    boost::asio::co_spawn(context, s->flush(),
                          [&](std::exception_ptr const&, result<void> r) { written = r.has_value(); });
    context.restart();
    while (!disk.is_awaited()) context.run_for(1ms);
    EXPECT_EQ(get(*s, "a").value().value, "one");
    EXPECT_FALSE(get(*s, "nobody"));
    s->put("b", stored_record("two", later));
    EXPECT_EQ(get(*s, "b").value().value, "two");
    EXPECT_FALSE(written);
    disk.release();
    context.restart();
    while (!written) context.run_one();
    EXPECT_TRUE(*written);
}

namespace {

/// What is done with a file that was damaged while it was open.
struct damaged_step {
    char const* name;
    std::function<void(sqlite_store&, store&)> take;
};

}  // namespace

// Whatever step finds the damage, the file is set aside, and a new one takes what comes.
TEST_F(sqlite_store, damage_found_at_any_step_sets_the_file_aside) {  // CO-151, CO-221, RS-111
    auto const ended = std::chrono::system_clock::now() - 1h;
    damaged_step const steps[] = {
        {"get", [](sqlite_store& t, store& s) { (void)t.run(s.fetch({"500"}, t.soon())); }},
        {"keys", [](sqlite_store& t, store& s) { (void)t.run(s.keys("5")); }},
        {"write",
         [](sqlite_store& t, store& s) {
             s.put("500", stored_record("new", t.later));
             (void)t.flush(s);
         }},
        {"erase",
         [](sqlite_store& t, store& s) {
             s.erase("500");
             (void)t.flush(s);
         }},
        {"expiry or shedding",
         [](sqlite_store& t, store& s) {
             s.put("~", stored_record("at the end, in a page of its own", t.later));
             (void)t.flush(s);
         }},
    };
    for (auto const& step : steps) {
        SCOPED_TRACE(step.name);
        aside.clear();
        fs::remove_all(folder);
        fs::create_directory(folder);
        auto const s = open(1h, 1500).value();
        for (int i = 0; i < 2000; ++i)
            s->put(std::to_string(i), stored_record(std::string(300, 'x'), i < 1000 ? ended : later));
        ASSERT_TRUE(flush(*s));
        ASSERT_TRUE(other_program(file()).run("PRAGMA wal_checkpoint(TRUNCATE)"));
        damage();
        step.take(*this, *s);
        for (int i = 0; i < 1000 && aside.empty(); ++i) context.run_for(10ms);
        EXPECT_TRUE(aside.filename().string().starts_with("cache.db.broken-"));
        s->put("fresh", stored_record("one", later));
        EXPECT_TRUE(flush(*s));
        EXPECT_EQ(get(*s, "fresh").value().value, "one");
        EXPECT_FALSE(get(*s, "501")) << "it was in the damaged file";
        read_keys(*s);
        EXPECT_TRUE(s->may_have("fresh"));
    }
}

TEST_F(sqlite_store, damage_found_at_the_start_sets_the_file_aside) {  // CO-151, CO-221
    {
        auto const s = open().value();
        for (int i = 0; i < 2000; ++i) s->put(std::to_string(i), stored_record(std::string(300, 'x'), later));
        ASSERT_TRUE(flush(*s));
    }
    damage();
    auto const s = open();
    ASSERT_TRUE(s.has_value());
    EXPECT_FALSE(aside.empty());
    EXPECT_FALSE(get(**s, "500"));
}
