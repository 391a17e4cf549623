#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <fstream>

#include "callout/asio.hpp"

using namespace callout;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

struct sqlite_store : testing::Test {
    sqlite_store() {
        std::string name = (fs::temp_directory_path() / "callout-store-XXXXXX").string();
        folder = ::mkdtemp(name.data());
    }
    ~sqlite_store() override { fs::remove_all(folder); }

    result<std::unique_ptr<store>> open(std::chrono::milliseconds interval = 1h) {
        return make_sqlite_store(context.get_executor(), file(), interval,
                                 [this](fs::path const& where) { aside = where; });
    }
    fs::path file() const { return folder / "cache.db"; }

    boost::asio::io_context context{1};
    fs::path folder;
    fs::path aside;
    system_time const later = std::chrono::system_clock::now() + 1h;
};

}  // namespace

TEST_F(sqlite_store, gives_back_what_is_queued) {
    auto const s = open().value();
    s->put("a", stored_record("one", later));
    EXPECT_EQ(s->get("a").value().value, "one");
    EXPECT_FALSE(s->get("b"));
}

TEST_F(sqlite_store, survives_a_restart) {  // CO-151
    {
        auto const s = open().value();
        s->put("a", stored_record("one", later));
        s->put("b", stored_record("two", later));
        s->erase("b");
        EXPECT_TRUE(s->flush().has_value());
    }
    auto const s = open().value();
    EXPECT_EQ(s->get("a").value().value, "one");
    EXPECT_NEAR(double((s->get("a").value().expires - later) / 1s), 0, 1);
    EXPECT_FALSE(s->get("b"));
    EXPECT_TRUE(aside.empty());
}

TEST_F(sqlite_store, flushes_by_itself) {  // CO-150
    auto const s = open(1ms).value();
    s->put("a", stored_record("one", later));
    context.run();
    auto const second = open().value();
    EXPECT_EQ(second->get("a").value().value, "one");
}

TEST_F(sqlite_store, expired_records_leave_with_the_next_flush) {
    auto const s = open().value();
    s->put("old", stored_record("one", std::chrono::system_clock::now() - 1h));
    EXPECT_TRUE(s->flush().has_value());
    EXPECT_FALSE(s->get("old"));
}

TEST_F(sqlite_store, corrupt_file_is_set_aside) {  // CO-151
    std::ofstream(file()) << std::string(8192, 'x');
    auto const s = open();
    ASSERT_TRUE(s.has_value());
    EXPECT_TRUE(aside.filename().string().starts_with("cache.db.broken-"));
    EXPECT_EQ(fs::file_size(aside), 8192u);
    (*s)->put("a", stored_record("one", later));
    EXPECT_TRUE((*s)->flush().has_value());
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
    EXPECT_FALSE((*s)->get("a"));
}

TEST_F(sqlite_store, folder_that_is_not_there_is_an_error) {
    auto const s = make_sqlite_store(context.get_executor(), folder / "nowhere" / "cache.db", 1s, nullptr);
    ASSERT_FALSE(s.has_value());
    EXPECT_EQ(s.error(), errc::store_unavailable);
}
