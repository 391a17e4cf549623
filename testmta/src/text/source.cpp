#include "text/source.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

namespace testmta::text {

source::source(std::string name, std::string content) : name_(std::move(name)), content_(std::move(content)) {
    line_starts_.push_back(0);
    for (std::size_t i = 0; i != content_.size(); ++i) {
        if (content_[i] == '\n') line_starts_.push_back(i + 1);
    }
}

place source::locate(std::size_t offset) const {
    auto const after = std::ranges::upper_bound(line_starts_, offset);
    auto const line = static_cast<std::size_t>(after - line_starts_.begin());
    return {line, offset - line_starts_[line - 1] + 1};
}

std::string_view source::line(std::size_t number) const {
    auto const rest = content().substr(line_starts_[number - 1]);
    auto const text = rest.substr(0, rest.find('\n'));
    return text.ends_with('\r') ? text.substr(0, text.size() - 1) : text;
}

std::size_t sources::add(source file) {
    auto const base = next_;
    next_ += file.content().size() + 1;  // a mistake may be at the very end
    files_.push_back({base, std::make_unique<source const>(std::move(file))});
    return base;
}

sources::position sources::find(std::size_t offset) const {
    auto const after = std::ranges::upper_bound(files_, offset, {}, &entry::base);
    auto const& holding = *std::prev(after);
    return {holding.file.get(), offset - holding.base};
}

std::string sources::describe(std::size_t offset) const {
    auto const [file, within] = find(offset);
    auto const at = file->locate(within);
    return file->name() + ':' + std::to_string(at.line) + ':' + std::to_string(at.column);
}

std::optional<source> load(std::string const& file, std::string& problem, std::size_t most) {
    constexpr std::size_t mebi = 1024 * 1024;
    std::ifstream in(file, std::ios::binary);
    std::string content;
    char block[64 * 1024];
    while (in.read(block, sizeof block) || in.gcount() != 0) {
        content.append(block, static_cast<std::size_t>(in.gcount()));
        if (content.size() > most) {
            problem = file + ": the file is longer than " + std::to_string(most / mebi) + " MiB";
            return std::nullopt;
        }
    }
    if (!in.eof()) {
        problem = file + ": " + std::generic_category().message(errno);
        return std::nullopt;
    }
    return source(file, std::move(content));
}

}  // namespace testmta::text
