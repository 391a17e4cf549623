#include "sending/header_completion.hpp"

#include <algorithm>

#include "core/ascii.hpp"

namespace submission::sending {
namespace {

/// No line is kept beyond this; its beginning tells what it is.
constexpr std::size_t longest_line = 2000;

bool is_field(std::string_view line) {
    auto const colon = line.find(':');
    if (colon == 0 || colon == line.npos) return false;
    return std::ranges::all_of(line.substr(0, colon), [](char c) { return c > ' ' && c <= '~'; });
}

bool is_empty_line(std::string_view line) {
    return line == "\r\n" || line == "\n";
}

}  // namespace

void header_completion::feed(std::string_view piece, std::string& into) {
    while (!over_ && !piece.empty()) {
        auto const end = piece.find('\n');
        auto const taken = piece.substr(0, end == piece.npos ? end : end + 1);
        piece.remove_prefix(taken.size());
        if (in_long_line_) {
            into += taken;
            in_long_line_ = end == taken.npos;
            continue;
        }
        line_ += taken;
        if (end == taken.npos && line_.size() <= longest_line) return;
        take_line(line_, into);
        in_long_line_ = end == taken.npos;
        line_.clear();
    }
    into += piece;
}

void header_completion::take_line(std::string_view line, std::string& into) {
    bool const continues = any_field_ && (line.starts_with(' ') || line.starts_with('\t'));
    if (continues || is_field(line)) {
        if (!continues) note(line.substr(0, line.find(':')));
        any_field_ = true;
        into += line;
        return;
    }
    add_missing(into);
    if (!is_empty_line(line)) into += "\r\n";  // the body begins at once
    into += line;
}

void header_completion::note(std::string_view field) {
    using callout::core::same_word;
    has_date_ = has_date_ || same_word(field, "date");
    has_message_id_ = has_message_id_ || same_word(field, "message-id");
    has_from_ = has_from_ || same_word(field, "from");
}

void header_completion::add_missing(std::string& into) {
    over_ = true;
    if (!has_from_) into += missing_.from;
    if (!has_date_) into += missing_.date;
    if (!has_message_id_) into += missing_.message_id;
}

void header_completion::finish(std::string& into) {
    if (over_) return;
    if (!line_.empty()) take_line(line_, into);
    line_.clear();
    if (!over_) add_missing(into);
}

}  // namespace submission::sending
