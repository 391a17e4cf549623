#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

/// Runs a fuzz target over every file of the given folders, with any compiler, so that findings stay fixed. A
/// target reports a failure by ending the process; the name of the file is printed before.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

namespace {

std::vector<std::filesystem::path> files_of(std::filesystem::path const& folder) {
    std::vector<std::filesystem::path> files;
    for (auto const& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file()) files.push_back(entry.path());
    }
    std::ranges::sort(files);
    return files;
}

void replay(std::filesystem::path const& file) {
    std::printf("%s\n", file.c_str());
    std::fflush(stdout);
    std::ifstream from(file, std::ios::binary);
    std::vector<char> const octets{std::istreambuf_iterator<char>(from), {}};
    LLVMFuzzerTestOneInput(reinterpret_cast<std::uint8_t const*>(octets.data()), octets.size());
}

}  // namespace

int main(int count, char** arguments) {
    std::size_t replayed = 0;
    try {
        for (int i = 1; i < count; ++i) {
            for (auto const& file : files_of(arguments[i])) {
                replay(file);
                ++replayed;
            }
        }
    } catch (std::exception const& e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 1;
    }
    std::printf("%zu files\n", replayed);
    return replayed == 0 ? 1 : 0;
}
