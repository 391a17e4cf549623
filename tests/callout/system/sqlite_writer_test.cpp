#include "system/sqlite_writer.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

using namespace callout;
using namespace std::chrono_literals;

namespace {

/// The file of a writer that keeps at most 1,000 records.
class written_file : public ::testing::Test {
protected:
    written_file() {
        std::string name = (std::filesystem::temp_directory_path() / "callout-writer-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
    }
    ~written_file() override { std::filesystem::remove_all(folder_); }

    static write_queue::batch records(int count, system_time expires) {
        write_queue::batch all;
        for (int i = 0; i < count; ++i) all.emplace_back(std::to_string(i), stored_record("x", expires));
        return all;
    }
    std::int64_t rows() const {
        auto const db = open_to_read(folder_ / "cache.db").value();
        auto const count = prepare(db, "SELECT count(*) FROM records");
        sqlite3_step(count.get());
        return sqlite3_column_int64(count.get(), 0);
    }
    bool write(write_queue::batch const& all) { return !writer().write(all).failed(); }
    sqlite_writer& writer() {
        if (!writer_) writer_.emplace(folder_ / "cache.db", 1000);
        return *writer_;
    }

private:
    std::filesystem::path folder_;
    std::optional<sqlite_writer> writer_;
};

system_time now() {
    return std::chrono::system_clock::now();
}

}  // namespace

TEST_F(written_file, what_has_ended_goes_five_hundred_at_a_time) {  // CO-223
    ASSERT_TRUE(write(records(900, now() - 1h)));
    EXPECT_EQ(rows(), 400);
    EXPECT_TRUE(writer().is_behind());
    ASSERT_TRUE(write({}));
    EXPECT_EQ(rows(), 0);
    EXPECT_FALSE(writer().is_behind());
}

TEST_F(written_file, what_is_too_much_goes_five_hundred_at_a_time) {  // CO-223
    ASSERT_TRUE(write(records(1800, now() + 1h)));
    EXPECT_EQ(rows(), 1300);
    EXPECT_TRUE(writer().is_behind());
    ASSERT_TRUE(write({}));
    EXPECT_EQ(rows(), 1000);
    EXPECT_FALSE(writer().is_behind());
}

TEST_F(written_file, record_that_is_there_already_is_counted_once) {  // DM-127
    ASSERT_TRUE(write(records(1000, now() + 1h)));
    ASSERT_TRUE(write(records(1000, now() + 2h)));
    EXPECT_EQ(rows(), 1000);
}
