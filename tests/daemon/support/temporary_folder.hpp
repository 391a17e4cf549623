#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace test {

/// A folder that is gone when the test is over.
class temporary_folder {
public:
    temporary_folder() {
        std::string name = "/tmp/vouch-test-XXXXXX";
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
        path_ = name;
    }
    ~temporary_folder() { std::filesystem::remove_all(path_); }
    temporary_folder(temporary_folder const&) = delete;

    std::string file(std::string const& name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

}  // namespace test
