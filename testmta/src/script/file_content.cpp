#include "script/file_content.hpp"

#include <filesystem>

#include "text/source.hpp"

namespace testmta::run {

std::string parse_file(text::cursor& line, std::string const& folder) {
    auto const at = line.offset();
    auto const name = std::filesystem::path(folder) / line.word("the name of a file");
    std::string problem;
    auto const file = text::load(name.string(), problem);
    if (!file) throw text::mistake(at, problem, "expected a file that can be read");
    return std::string(file->content());
}

}  // namespace testmta::run
