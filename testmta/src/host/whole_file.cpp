#include "host/whole_file.hpp"

#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace testmta {

void write_atomically(std::filesystem::path const& file, std::string_view content) {
    auto unfinished = file;
    unfinished += ".new";
    errno = 0;
    std::ofstream out(unfinished, std::ios::binary | std::ios::trunc);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    out.close();
    std::error_code bad(out ? 0 : errno, std::generic_category());
    if (out) std::filesystem::rename(unfinished, file, bad);
    if (out && !bad) return;
    auto const why = bad ? ": " + bad.message() : std::string();
    std::filesystem::remove(unfinished, bad);
    throw std::runtime_error(file.string() + ": the file cannot be written" + why);
}

void write_whole(std::filesystem::path const& file, std::string_view content) {
    std::ofstream out(file, std::ios::binary);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    out.close();
    if (!out) throw std::runtime_error(file.string() + ": " + std::generic_category().message(errno));
}

}  // namespace testmta
