#include "testmta/smtp/session.hpp"

#include <algorithm>
#include <utility>

namespace testmta::smtp {

namespace {

constexpr unsigned bit(state one) {
    return 1u << static_cast<unsigned>(one);
}

struct order_rule {
    verb what;
    unsigned allowed_in;
    std::string_view otherwise;
};

constexpr order_rule order[] = {
    {verb::mail, bit(state::ready), "nested MAIL, or no EHLO before it"},
    {verb::rcpt, bit(state::mail) | bit(state::rcpt), "need MAIL before RCPT"},
    {verb::data, bit(state::rcpt), "need RCPT before DATA"},
};

struct refused_verb {
    verb what;
    int code;
    std::string_view enhanced;
    std::string_view text;
};

constexpr refused_verb refused[] = {
    {verb::unknown, 500, "5.5.2", "unknown command"}, {verb::too_long, 500, "5.5.2", "line too long"},
    {verb::expn, 502, "5.5.1", "not implemented"},    {verb::auth, 502, "5.5.1", "not implemented"},
    {verb::bdat, 502, "5.5.1", "not implemented"},
};

constexpr std::string_view end_of_content = "\r\n.\r\n";

}  // namespace

std::optional<command> session::next() {
    return state_ == smtp::state::data ? skip_content() : next_line();
}

std::optional<command> session::next_line() {
    for (;;) {
        auto const end = buffer_.find('\n');
        if (end == std::string::npos) {
            // Memory does not grow with a line that never ends.
            if (buffer_.size() > most_line) {
                discarding_ = true;
                buffer_.clear();
            }
            return std::nullopt;
        }
        auto line = buffer_.substr(0, end);
        buffer_.erase(0, end + 1);
        if (std::exchange(discarding_, false) || line.size() >= most_line) return command(verb::too_long);
        if (line.ends_with('\r')) line.pop_back();
        return parse_command(line);
    }
}

std::optional<command> session::skip_content() {
    auto const end = buffer_.find(end_of_content);
    auto const whole = end != std::string::npos;
    // The end may arrive in pieces, so bytes that could be its beginning are kept.
    auto const content = whole ? end + end_of_content.size()
                               : buffer_.size() - std::min(buffer_.size(), end_of_content.size() - 1);
    buffer_.erase(0, content);
    return whole ? std::optional(command(verb::end_of_data)) : std::nullopt;
}

std::optional<reply> session::objection(command const& what) const {
    for (auto const& row : refused) {
        if (row.what == what.verb) return reply(row.code, row.enhanced, row.text);
    }
    for (auto const& row : order) {
        if (row.what == what.verb && (row.allowed_in & bit(state_)) == 0)
            return reply(503, "5.5.1", row.otherwise);
    }
    if (what.form == form::bad_argument) return reply(501, "5.5.4", "bad argument");
    return std::nullopt;
}

void session::answered(command const& what, reply const& given) {
    switch (what.verb) {
        case verb::ehlo:
        case verb::helo:
            if (given.positive()) state_ = smtp::state::ready;
            break;
        case verb::mail:
            if (given.positive()) {
                state_ = smtp::state::mail;
                sender_ = what.argument;
            }
            break;
        case verb::rcpt:
            if (given.positive()) state_ = smtp::state::rcpt;
            break;
        case verb::data:
            if (given.code() == 354) {
                state_ = smtp::state::data;
                buffer_.insert(0, "\r\n");  // so that the end of an empty message looks like any other
            }
            break;
        case verb::end_of_data: state_ = smtp::state::ready; break;
        case verb::rset:
            if (given.positive() && state_ != smtp::state::start) state_ = smtp::state::ready;
            break;
        default: break;
    }
}

}  // namespace testmta::smtp
