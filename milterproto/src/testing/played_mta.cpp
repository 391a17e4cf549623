#include "played_mta.hpp"

#include <algorithm>

#include "milterproto/core/wire/codec.hpp"
#include "received_edit.hpp"

namespace milterproto {

namespace {

/// Returns the text with each `%%` as `%`, as Postfix and Sendmail read it.
std::string with_single_percents(std::string_view text) {
    std::string single;
    for (std::size_t i = 0; i != text.size(); ++i) {
        single += text[i];
        if (text.substr(i, 2) == "%%") ++i;
    }
    return single;
}

}  // namespace

rehearsal::played_mta::played_mta(std::unique_ptr<filter> author, rehearsal_options const& options)
    : session_(std::make_shared<detail::in_process_session>(std::move(author), options)),
      offer_(options.mta.offer),
      answer_timeout_(options.answer_timeout),
      macros_(options.mta) {
    macros_.define("j", "mx.example.net");
}

void rehearsal::played_mta::negotiate() {
    std::string packet;
    core::append_offer(packet, offer_);
    session_->take(packet, limit_now());
    rehearsal_answer agreement;
    read_packets(agreement);
}

rehearsal_answer rehearsal::played_mta::say(detail::packet const& command) {
    rehearsal_answer answer;
    answer.what = rehearsal_answer::kind::closed;
    if (!session_->has_ended()) answer = give(command);
    interruption_.reset();
    return answer;
}

rehearsal_answer rehearsal::played_mta::give(detail::packet const& command) {
    using kind = rehearsal_answer::kind;
    auto const& traits = core::traits_of(command.what);
    auto const agreed = session_->agreed().options;
    progress_.take(traits, agreed);
    bool const is_sent = progress_.is_shown(traits, agreed);
    std::string bytes;
    macros_.append(bytes, command.what);  // they are sent even if their command is not
    if (is_sent) bytes += command.bytes;
    auto happened = session_->take(bytes, limit_now());

    rehearsal_answer answer;
    answer.was_shown = happened.was_shown;
    answer.thrown = std::move(happened.thrown);
    auto const verdict = read_packets(answer);
    if (!is_sent) {
        answer.what = kind::not_sent;
    } else if (happened.broken_off_by) {
        answer.what = kind::too_late;
    } else if (verdict == verdict_is::there) {
        progress_.settle(traits, answer.code);
    } else {
        answer.what = session_->has_ended() ? kind::closed : kind::unanswered;
    }
    bool const is_aborted = happened.broken_off_by == core::command::abort;
    if (is_aborted || command.what == core::command::end_of_message) progress_.end_message();
    return answer;
}

void rehearsal::played_mta::tell(core::command what) {
    if (session_->has_ended()) return;
    progress_.reset(what);
    std::string packet;
    core::append_frame(packet, static_cast<char>(what));
    session_->take(packet, limit_now());
    session_->take_output();
}

void rehearsal::played_mta::vanish() {
    if (session_->has_ended()) return;
    session_->lose_peer(limit_now());
    session_->take_output();
}

bool rehearsal::played_mta::keeps_leading_space() const {
    return (session_->agreed().options.steps & core::step::header_leading_space) != 0;
}

rehearsal::played_mta::verdict_is rehearsal::played_mta::read_packets(rehearsal_answer& into) {
    auto const first = keeps_leading_space() ? core::leading_space::is_kept : core::leading_space::is_eaten;
    auto const bytes = session_->take_output();
    core::frame_reader packets(limits::payload_1m);
    auto const room = packets.prepare(bytes.size() + 1);
    std::copy(bytes.begin(), bytes.end(), room.begin());
    packets.commit(bytes.size());
    auto verdict = verdict_is::missing;
    for (auto packet = packets.next(); packet.has_value() && *packet; packet = packets.next()) {
        auto const letter = static_cast<core::answer>((*packet)->letter);
        switch (letter) {
            case core::answer::negotiate: macros_.take_lists((*packet)->payload); break;
            case core::answer::progress: ++into.signs_of_progress; break;
            case core::answer::reply_code:
                into.reply = with_single_percents(core::decode_line((*packet)->payload));
                [[fallthrough]];
            case core::answer::proceed:
            case core::answer::accept:
            case core::answer::reject:
            case core::answer::tempfail:
            case core::answer::discard:
            case core::answer::skip:
                into.code = letter;
                verdict = verdict_is::there;
                break;
            default: detail::append_edit(into.edits, **packet, first);
        }
    }
    return verdict;
}

}  // namespace milterproto
