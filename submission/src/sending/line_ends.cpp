#include "sending/line_ends.hpp"

namespace submission::sending {
namespace {

constexpr std::string_view crlf = "\r\n";

}  // namespace

void line_ends::feed(std::string_view piece, std::string& into) {
    if (piece.empty()) return;
    into.reserve(into.size() + piece.size() + piece.size() / 32 + crlf.size());
    if (after_cr_ && piece.front() == '\n') piece.remove_prefix(1);
    after_cr_ = false;
    while (!piece.empty()) {
        auto const end = piece.find('\n');
        auto line = piece.substr(0, end);
        bool const has_cr = end != piece.npos && line.ends_with('\r');
        if (has_cr) line.remove_suffix(1);
        append_line(line, into);
        if (end == piece.npos) return;
        // What stands before a LF and ends in a bare CR has been ended by that.
        into += crlf;
        in_line_ = false;
        after_cr_ = false;
        piece.remove_prefix(end + 1);
    }
}

/// Appends what has no LF; a CR in it ends a line all the same.
void line_ends::append_line(std::string_view line, std::string& into) {
    while (!line.empty()) {
        auto const cr = line.find('\r');
        into += line.substr(0, cr);
        in_line_ = in_line_ || cr != 0;
        if (cr == line.npos) return;
        into += crlf;
        in_line_ = false;
        line.remove_prefix(cr + 1);
        after_cr_ = line.empty();
    }
}

void line_ends::finish(std::string& into) {
    if (in_line_) into += crlf;
    in_line_ = false;
    after_cr_ = false;
}

}  // namespace submission::sending
