#pragma once

#include <filesystem>
#include <string_view>

namespace testmta {

/// Writes the file so that a program that waits for it finds it whole or not at all. Throws
/// std::runtime_error, whose text names the file and the reason.
void write_atomically(std::filesystem::path const& file, std::string_view content);

/// Writes the file in place, so that it may be a pipe or a device. Throws `std::runtime_error`, which names
/// the file and the reason.
void write_whole(std::filesystem::path const& file, std::string_view content);

}  // namespace testmta
