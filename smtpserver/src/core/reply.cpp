#include "smtpserver/core/reply.hpp"

#include <algorithm>
#include <array>
#include <boost/spirit/home/x3.hpp>

#include "core/octets.hpp"
#include "core/utf8.hpp"
#include "smtpserver/core/limits.hpp"

namespace smtpserver {

namespace {

/// What a code means where an application says no more (RFC 5321 4.2.3, RFC 4954 6, RFC 3463).
struct usual {
    int code;
    std::uint16_t subject;
    std::uint16_t detail;
    std::string_view text;
};

constexpr usual usuals[] = {
    {211, 0, 0, "Status"},
    {214, 0, 0, "See RFC 5321"},
    {220, 0, 0, "Ready"},
    {221, 0, 0, "Bye"},
    {235, 7, 0, "Authenticated"},
    {250, 0, 0, "OK"},
    {251, 1, 5, "Will be forwarded"},
    {252, 5, 0, "Cannot be verified, but will be tried"},
    {421, 3, 2, "Closing the connection, please try again later"},
    {450, 2, 0, "Mailbox not available now, please try again later"},
    {451, 3, 0, "Not possible now, please try again later"},
    {452, 3, 1, "Not enough storage, please try again later"},
    {454, 7, 0, "Not possible now, please try again later"},
    {455, 5, 4, "These parameters cannot be obeyed now"},
    {500, 5, 2, "This is not a command"},
    {501, 5, 4, "Bad argument"},
    {502, 5, 1, "Not implemented"},
    {503, 5, 1, "Bad order of commands"},
    {504, 5, 4, "This argument is not implemented"},
    {521, 3, 2, "This host takes no mail"},
    {530, 7, 0, "Authentication required"},
    {535, 7, 8, "Authentication failed"},
    {538, 7, 11, "Encryption required"},
    {550, 0, 0, "Refused"},
    {551, 1, 6, "Not a local user"},
    {552, 3, 4, "Too large"},
    {553, 1, 3, "Address not allowed"},
    {554, 0, 0, "Transaction failed"},
    {555, 5, 4, "These parameters are not known here"},
    {556, 1, 10, "This domain takes no mail"},
};

usual usual_of(int code) {
    auto const found = std::ranges::find(usuals, code, &usual::code);
    if (found != std::end(usuals)) return *found;
    return {code, 0, 0, code < 400 ? "OK" : code < 500 ? "Please try again later" : "Refused"};
}

/// RFC 5321 4.2: the second digit is at most 5.
bool is_code_of_smtp(int code) {
    return code >= 200 && code <= 599 && code / 10 % 10 <= 5;
}

/// An enhanced status code at the beginning of a line.
struct status_code {
    std::uint16_t subject = 0;
    std::uint16_t detail = 0;
};

/// Takes it off the line. Its class is not looked at: that of the reply's code counts.
bool take_status(std::string_view& line, status_code& into) {
    namespace x3 = boost::spirit::x3;
    constexpr auto number = x3::uint_parser<std::uint16_t, 10, 1, 3>();
    auto from = line.begin();
    auto const note_subject = [&](auto& context) { into.subject = x3::_attr(context); };
    auto const note_detail = [&](auto& context) { into.detail = x3::_attr(context); };
    auto const whole = x3::omit[x3::char_("245")] >> '.' >> number[note_subject] >> '.' >>
                       number[note_detail] >> (x3::lit(' ') | &x3::lit('\n') | x3::eoi);
    if (!x3::parse(from, line.end(), whole)) return false;
    line = std::string_view(from, line.end());
    return true;
}

/// Calls `with` for each line of a text, which has at least one.
template <class With>
void for_each_line(std::string_view text, With with) {
    for (std::size_t from = 0; from <= text.size();) {
        auto const end = std::min(text.find('\n', from), text.size());
        if (!with(text.substr(from, end - from))) return;
        from = end + 1;
    }
}

/// Returns the line without bytes that a client cannot read.
std::string readable(std::string_view line, reply_form::charset charset) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    std::string text(line);
    bool const keeps_utf8 = charset == reply_form::charset::utf8 && core::is_utf8(line);
    std::ranges::replace_if(
        text,
        [&](char c) {
            return c != '\t' && (core::is_control(c) || (core::is_beyond_ascii(c) && !keeps_utf8));
        },
        '?');
    return text;
}

/// Returns the length of a beginning of the line that has at most `most` bytes and ends between characters.
std::size_t fitting(std::string_view line, std::size_t most) {
    if (line.size() <= most) return line.size();
    while (most > 1 && (static_cast<unsigned char>(line[most]) & 0xc0) == 0x80) --most;
    return most;
}

/// Writes the lines of one reply.
class reply_writer {
public:
    reply_writer(int code, std::string status, std::string_view text, reply_form form)
        : prefix_(std::to_string(code)), status_(std::move(status)) {
        for_each_line(text, [&](std::string_view line) { return add(readable(line, form.text)); });
        out_[last_ + mark] = ' ';
    }
    std::string take() { return std::move(out_); }

private:
    static constexpr std::size_t mark = 3;  ///< where `-` or a blank stands

    /// Returns whether there may be another line.
    bool add(std::string_view line) {
        std::size_t const room = limits::reply_line - prefix_.size() - 1 - status_.size() - 2;
        do {
            auto const count = fitting(line, room);
            last_ = out_.size();
            out_ += prefix_;
            out_ += '-';
            out_ += status_;
            out_ += line.substr(0, count);
            out_ += "\r\n";
            line.remove_prefix(count);
        } while (++lines_ < limits::reply_lines && !line.empty());
        return lines_ < limits::reply_lines;
    }

    std::string prefix_;
    std::string status_;
    std::string out_;
    std::size_t last_ = 0;
    std::size_t lines_ = 0;
};

}  // namespace

reply::reply(made, int code, std::string_view text) : code_(code) {
    if (!is_code_of_smtp(code)) {
        *this = internal_error();
        return;
    }
    auto const fallback = usual_of(code);
    has_status_ = code < 300 || code >= 400;
    is_usual_ = text.empty();
    subject_ = fallback.subject;
    detail_ = fallback.detail;
    take_text(text.empty() ? fallback.text : text);
}

reply reply::without_status(int code, std::string_view text) {
    reply made(code, " ");
    made.has_status_ = false;
    made.text_ = text;
    return made;
}

/// Takes the enhanced code of the first line, and those of the others off.
void reply::take_text(std::string_view text) {
    bool is_first = true;
    for_each_line(text, [&](std::string_view line) {
        if (!is_first) text_ += '\n';
        status_code found;
        bool const has_one = has_status_ && take_status(line, found);
        if (has_one && std::exchange(is_first, false)) {
            subject_ = found.subject;
            detail_ = found.detail;
        }
        is_first = false;
        text_ += line;
        return true;
    });
}

std::string reply::status() const {
    if (!has_status_) return {};
    return std::to_string(code_ / 100) + '.' + std::to_string(subject_) + '.' + std::to_string(detail_);
}

std::string reply::encode(reply_form form) const {
    bool const shows = has_status_ && form.codes == reply_form::status_codes::shown;
    return reply_writer(code_, shows ? status() + ' ' : std::string(), text_, form).take();
}

}  // namespace smtpserver
