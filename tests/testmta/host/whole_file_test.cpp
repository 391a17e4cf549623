#include "host/whole_file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

namespace testmta {
namespace {

/// Returns why the file cannot be written.
std::string problem_of(std::filesystem::path const& file) {
    try {
        write_atomically(file, "x");
    } catch (std::runtime_error const& why) {
        return why.what();
    }
    return "";
}

TEST(WholeFile, TM_110_IsWrittenWholeOrNotAtAll) {
    auto const folder =
        std::filesystem::temp_directory_path() / ("whole_file_test." + std::to_string(getpid()));
    std::filesystem::create_directory(folder);
    write_atomically(folder / "c.toml", "one");
    write_atomically(folder / "c.toml", "two");
    std::ostringstream content;
    content << std::ifstream(folder / "c.toml").rdbuf();
    EXPECT_EQ(content.str(), "two");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
    EXPECT_EQ(problem_of(folder / "no/c.toml"),
              (folder / "no/c.toml").string() + ": the file cannot be written: No such file or directory");
    EXPECT_EQ(problem_of(folder), folder.string() + ": the file cannot be written: Is a directory");
    EXPECT_FALSE(std::filesystem::exists(folder.string() + ".new"));
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace testmta
