#include "smtpserver/core/conversation.hpp"

#include <algorithm>
#include <boost/spirit/home/x3.hpp>

#include "core/octets.hpp"
#include "smtpserver/core/limits.hpp"

namespace smtpserver {

namespace {

constexpr unsigned bit(stage one) {
    return 1U << static_cast<unsigned>(one);
}

struct order_rule {
    verb what;
    unsigned allowed_in;
    std::string_view otherwise;
};

constexpr order_rule order[] = {
    {verb::mail, bit(stage::ready), "5.5.1 MAIL comes after EHLO or HELO, and not twice"},
    {verb::rcpt, bit(stage::mail) | bit(stage::rcpt), "5.5.1 RCPT comes after MAIL"},
    {verb::data, bit(stage::rcpt), "5.5.1 DATA comes after RCPT"},
    {verb::bdat, bit(stage::rcpt) | bit(stage::chunks), "5.5.1 BDAT comes after RCPT"},
    {verb::starttls, bit(stage::ready),
     "5.5.1 STARTTLS comes after EHLO, and not between MAIL and the message"},
    {verb::auth, bit(stage::ready), "5.5.1 AUTH comes after EHLO, and not between MAIL and the message"},
    {verb::xclient, bit(stage::start) | bit(stage::ready), "5.5.1 XCLIENT comes before MAIL"},
};

/// The argument of BDAT (RFC 3030 2).
struct chunk_argument {
    std::uint64_t octets = 0;
    bool is_last = false;
};

bool read_chunk(std::string_view text, chunk_argument& into) {
    namespace x3 = boost::spirit::x3;
    auto const digits = text.substr(0, std::min(text.find_first_not_of("0123456789"), text.size()));
    if (digits.size() > limits::size_digits) return false;
    auto const note_size = [&](auto& context) { into.octets = x3::_attr(context); };
    auto const note_last = [&](auto&) { into.is_last = true; };
    constexpr auto number = x3::uint_parser<std::uint64_t>();  // fails where it does not fit
    auto const last = x3::omit[+x3::char_(" \t")] >> x3::no_case[x3::lit("last")][note_last];
    auto from = text.begin();
    return x3::parse(from, text.end(), number[note_size] >> -last >> x3::eoi);
}

reply line_refusal(line_fault found) {
    switch (found) {
        case line_fault::too_long: return {500, "5.5.2 The line is too long"};
        case line_fault::bare_lf: return {500, "5.5.2 A line ends in CR LF, not in LF alone"};
        case line_fault::bare_cr: return {501, "5.5.2 A CR must not stand alone"};
        case line_fault::nul: return {500, "5.5.2 A command has no NUL"};
        case line_fault::none: break;
    }
    return reply(250);
}

reply argument_refusal(command const& what) {
    switch (what.argument_fault) {
        case argument_fault::no_path:
            return {501, what.verb == verb::mail ? "5.5.2 Write MAIL FROM:<address>"
                                                 : "5.5.2 Write RCPT TO:<address>"};
        case argument_fault::unexpected: return {501, "5.5.4 This command takes no argument"};
        case argument_fault::missing: return {501, "5.5.4 This command needs an argument"};
        case argument_fault::parameter_syntax: return {501, "5.5.4 The parameters cannot be read"};
        case argument_fault::chunk_size: return {501, "5.5.4 Write BDAT size or BDAT size LAST"};
        case argument_fault::none: break;
    }
    return reply(250);
}

content_faults const no_faults;

}  // namespace

conversation::token conversation::next() {
    switch (at_) {
        case place::content: return next_of_content();
        case place::chunk: return next_of_chunk();
        case place::commands: break;
    }
    return next_command();
}

conversation::token conversation::next_command() {
    auto const line = input_.next(how_.line);
    if (!line) return starving();
    auto found = parse_command(line->text, how_.paths);
    if (line->how == core::line_reader::fault::too_long) found.line_fault = line_fault::too_long;
    bool const is_bare =
        line->how == core::line_reader::fault::bare_lf && found.line_fault == line_fault::none;
    if (is_bare) found.line_fault = line_fault::bare_lf;
    if (found.verb == verb::bdat) begin_chunk(found);
    return found;
}

bool conversation::is_acceptable(line_fault found) const noexcept {
    if (found == line_fault::bare_lf) return how_.line_ends != bare_line_ends::reject;
    return found == line_fault::none;
}

/// The bytes follow, whether they are wanted or not.
void conversation::begin_chunk(command& what) {
    bool const is_read = how_.chunks == reading_options::chunking::on && is_acceptable(what.line_fault);
    if (!is_read) return;
    chunk_argument found;
    if (!read_chunk(what.argument, found)) {
        what.argument_fault = argument_fault::chunk_size;
        return;
    }
    at_ = place::chunk;
    chunk_left_ = found.octets;
    is_last_chunk_ = found.is_last;
}

conversation::token conversation::next_of_content() {
    piece_.clear();
    input_.take(content_->read(input_.unread(), piece_));
    if (!piece_.empty()) return piece{piece_};
    if (!content_->is_complete()) return starving();
    at_ = place::commands;
    return command(verb::end_of_data);
}

conversation::token conversation::next_of_chunk() {
    auto const here = input_.unread().substr(0, std::min<std::uint64_t>(chunk_left_, input_.size()));
    piece_.clear();
    if (stage_ == stage::chunks) chunks_->read(here, piece_);
    chunk_left_ -= here.size();
    input_.take(here.size());
    if (!piece_.empty()) return piece{piece_};
    if (chunk_left_ != 0) return starving();
    return end_of_this_chunk();
}

conversation::token conversation::end_of_this_chunk() {
    if (stage_ == stage::chunks && is_last_chunk_) {
        chunks_->finish(piece_);
        if (!piece_.empty()) return piece{piece_};
        at_ = place::commands;
        return command(verb::end_of_data);
    }
    at_ = place::commands;
    return end_of_chunk();
}

content_faults const& conversation::faults() const noexcept {
    if (content_) return content_->faults();
    return chunks_ ? chunks_->faults() : no_faults;
}

std::optional<reply> conversation::objection_to_order(command const& what) const {
    auto const* const row = std::ranges::find(order, what.verb, &order_rule::what);
    if (row == std::end(order) || (row->allowed_in & bit(stage_)) != 0) return std::nullopt;
    bool const is_message = what.verb == verb::data || what.verb == verb::bdat;
    if (is_message && stage_ == stage::mail && has_refused_rcpt_)
        return reply(554, "5.5.1 No valid recipients");
    return reply(503, row->otherwise);
}

std::optional<reply> conversation::objection(command const& what) const {
    if (!is_acceptable(what.line_fault)) return line_refusal(what.line_fault);
    if (what.verb == verb::unknown || what.verb == verb::http)
        return reply(500, "5.5.2 This is not a command");
    bool const has_no_chunks = what.verb == verb::bdat && how_.chunks == reading_options::chunking::off;
    if (what.verb == verb::expn || has_no_chunks) return reply(502);
    if (auto refusal = objection_to_order(what)) return refusal;
    if (what.argument_fault != argument_fault::none) return argument_refusal(what);
    return std::nullopt;
}

void conversation::answered(command const& what, reply const& given) {
    switch (what.verb) {
        case verb::ehlo:
        case verb::helo:
        case verb::lhlo:
            if (!given.positive()) return;
            reset();
            stage_ = stage::ready;
            return;
        case verb::mail:
            if (given.positive()) stage_ = stage::mail;
            return;
        case verb::rcpt:
            if (given.positive()) stage_ = stage::rcpt;
            has_refused_rcpt_ = has_refused_rcpt_ || (!given.positive() && stage_ == stage::mail);
            return;
        case verb::data:
            if (given.code() != 354) return;
            at_ = place::content;
            content_.emplace(how_.line_ends, how_.content_line);
            return;
        case verb::bdat:
            if (!given.positive()) return;
            stage_ = stage::chunks;
            if (!chunks_) chunks_.emplace(is_binary_ ? bare_line_ends::raw : how_.line_ends);
            return;
        case verb::rset:
            if (given.positive()) reset();
            return;
        case verb::end_of_data: return reset();
        default: return;
    }
}

void conversation::reset() noexcept {
    stage_ = std::min(stage_, stage::ready);
    has_refused_rcpt_ = is_binary_ = false;
    if (at_ != place::content) content_.reset();
    chunks_.reset();
}

void conversation::rest() noexcept {
    input_.rest();
    piece_ = std::string();
}

}  // namespace smtpserver
