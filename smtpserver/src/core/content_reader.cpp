#include "smtpserver/core/content_reader.hpp"

#include "core/octets.hpp"

namespace smtpserver::core {

std::size_t content_reader::read(std::string_view input, std::string& into) {
    std::size_t taken = 0;
    while (taken < input.size() && at_ != place::end) {
        if (at_ == place::in_line) taken += take_run(input.substr(taken), into);
        if (taken < input.size()) step(input[taken++], into);
    }
    return taken;
}

/// Takes what is neither a line end nor NUL.
std::size_t content_reader::take_run(std::string_view input, std::string& into) {
    auto const run = plain_run(input);
    into += run;
    grow_line(run.size());
    return run.size();
}

void content_reader::step(char c, std::string& into) {
    switch (at_) {
        case place::line_start:
            if (c == '.')
                at_ = place::dot;
            else
                put(c, into);
            return;
        case place::dot:
            if (c == '\r') {
                at_ = place::dot_cr;
                return;
            }
            if (c == '\n')
                into += '.';  // a line that consists of a dot, though not in SMTP's sense: it is data
            return put(c, into);
        case place::dot_cr:
            if (c == '\n') {
                at_ = place::end;
                return;
            }
            put_bare_cr(into);
            return put(c, into);
        case place::cr:
            if (c == '\n') {
                into += "\r\n";
                line_ = 0;
                at_ = place::line_start;
                return;
            }
            put_bare_cr(into);
            return put(c, into);
        case place::in_line: return put(c, into);
        case place::end: return;
    }
}

/// Puts a byte that is not the second of a pair.
void content_reader::put(char c, std::string& into) {
    if (c == '\r') {
        at_ = place::cr;
        return;
    }
    at_ = place::in_line;
    if (c == '\n') return put_line_feed(into);
    if (c == '\0') faults_.nul = true;
    into += c;
    grow_line(1);
}

/// The end of a message was looked for in the bytes as they came, so a dot after this is data.
void content_reader::put_line_feed(std::string& into) {
    faults_.bare_lf = true;
    into += mode_ == bare_line_ends::normalize ? "\r\n" : "\n";
    line_ = 0;
}

void content_reader::put_bare_cr(std::string& into) {
    faults_.bare_cr = true;
    into += '\r';
    grow_line(1);
}

void content_reader::grow_line(std::size_t by) {
    constexpr std::size_t line_end = 2;
    line_ += by;
    if (line_ + line_end > most_line_) faults_.long_line = true;
}

}  // namespace smtpserver::core
