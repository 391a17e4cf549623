#include "bridge/maildir.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <iterator>

using namespace testmta::bridge;
namespace fs = std::filesystem;

namespace {

struct Maildir : ::testing::Test {
    Maildir() {
        std::string name = (fs::temp_directory_path() / "vouch-maildir-XXXXXX").string();
        folder = ::mkdtemp(name.data());
    }
    ~Maildir() override { fs::remove_all(folder); }
    static std::string text_of(fs::path const& file) {
        std::ifstream in(file, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    fs::path folder;
};

}  // namespace

TEST_F(Maildir, KeepsEachMessageInAFileOfItsOwn) {
    auto const it = maildir::open(folder / "a" / "b").value();
    auto const first = it.keep("one\r\n").value();
    auto const second = it.keep("two\r\n").value();
    EXPECT_NE(first, second);
    EXPECT_EQ(first.parent_path(), folder / "a" / "b" / "new");
    EXPECT_EQ(text_of(first), "one\r\n");
    EXPECT_EQ(text_of(second), "two\r\n");
    EXPECT_TRUE(fs::is_empty(folder / "a" / "b" / "tmp"));
    EXPECT_EQ(fs::status(first).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    ASSERT_TRUE(maildir::open(folder / "a" / "b")) << "it may be there already";
}

TEST_F(Maildir, SaysWhyAMessageIsNotKept) {
    auto const it = maildir::open(folder / "a").value();
    fs::remove_all(folder / "a" / "new");
    EXPECT_EQ(it.keep("one").error(), boost::system::errc::no_such_file_or_directory);
    EXPECT_TRUE(fs::is_empty(folder / "a" / "tmp")) << "nothing is left of it";
    std::ofstream(folder / "file");
    EXPECT_EQ(maildir::open(folder / "file").error(), boost::system::errc::not_a_directory);
}
