#include "run/session_player.hpp"

#include <algorithm>

#include "host/net.hpp"
#include "run/judge.hpp"
#include "run/message_judge.hpp"

namespace testmta::run {

namespace asio = boost::asio;
using core::command;
using proceeds = session_player::proceeds;

session_player::session_player(asio::any_io_executor executor, test const& what, std::string name,
                               milterproto::socket_spec filter)
    : test_(what),
      filter_(std::move(filter)),
      stream_(executor),
      writer_(stream_, result, "the MTA"),
      mta_(*what.as, macros_of::dialect),
      message_(*what.as) {
    result.name = std::move(name);
    if (what.is_fuzzed) writer_.keep_writes();
}

proceeds session_player::play(step const& what) {
    // A filter may close when frames are not as they should be; the rest is for nobody.
    auto const is_lost = is_tolerant_ && !stream_.is_open() && !std::holds_alternative<open>(what.action);
    if (is_lost) co_return true;
    current_ = &what;
    progress_ = std::holds_alternative<only_expect>(what.action) ? progress_ : 0;
    co_return co_await std::visit([this](auto const& doing) { return act(doing); }, what.action);
}

/// Each step is encoded as if its answer were there; the answers are awaited after the one write.
proceeds session_player::play(together const& what) {
    std::string frames;
    for (auto const& one : what.steps) frames += encode(one);
    if (what.steps.empty()) co_return true;
    current_ = &what.steps.front();
    auto const sent = co_await send(std::move(frames));
    if (!sent) co_return false;
    for (auto const& one : what.steps) {
        current_ = &one;
        auto const event = event_of(one.action);
        auto const goes_on = co_await await_expected(event.value_or(command::macro));
        if (!goes_on) co_return false;
    }
    co_return true;
}

std::string session_player::encode(step const& what) {
    if (auto const* raw = std::get_if<octets>(&what.action)) return raw->what;
    if (auto const* kept = std::get_if<macros>(&what.action)) {
        mta_.remember(*kept);
        return {};
    }
    note_sent(what.action);
    if (auto const* sent = std::get_if<body>(&what.action)) {
        mta_.perform_body(sent->octets, true);
    } else {
        mta_.perform(what.action, true);
    }
    return mta_.take_output();
}

/// The MTA stops sending and reads until the filter has closed, too. Whatever arrives before that is an
/// answer to nothing (TM-055), however slow the filter is; a time limit could only guess.
proceeds session_player::finish() {
    if (!stream_.is_open()) co_return true;
    stream_.finish_writing();
    auto came = co_await read(test_.closing_limit);
    while (is_tolerant_ && came == arrival::frame) came = co_await read(test_.closing_limit);
    stream_.close();
    if (came == arrival::closed && is_tolerant_) co_return true;
    if (came == arrival::closed && !stream_.mid_frame()) co_return true;
    if (came == arrival::late && !stream_.mid_frame())
        co_return fail(failure_kind::timeout, "expected the filter to close its side after the MTA, got " +
                                                  describe(came, test_.closing_limit));
    auto const is_frame = came == arrival::frame;
    auto const got = is_frame ? run::describe(stream_.frame()) : describe(came, test_.closing_limit);
    co_return fail(failure_kind::protocol, "expected nothing more, got " + got);
}

bool session_player::has_agreed_to(negotiated const& what) const {
    auto const& agreed = mta_.agreed();
    return what.actions.allows(agreed.actions) && what.steps.allows(agreed.steps);
}

// What a step does.

proceeds session_player::act(open const& what) {
    mta_ = mta_actor(*test_.as, what.macros);
    covered_.opened();
    auto const bad = co_await stream_.open(filter_, current_->limit);
    if (!bad) co_return true;
    co_return bail_out("the filter cannot be reached at " + filter_.to_string() + ": " + bad.message());
}

proceeds session_player::act(offer const& what) {
    mta_.make_offer(what);
    auto const sent = co_await send_output();
    if (!sent) co_return false;
    auto const goes_on = co_await await_expected(command::negotiate);
    if (goes_on && is_tolerant_) mta_.assume_agreement();
    co_return goes_on;
}

proceeds session_player::act(macros const& what) {
    mta_.remember(what);
    co_return true;
}

proceeds session_player::act(connect const&) {
    return play_event(command::connect);
}
proceeds session_player::act(words const& what) {
    return play_event(what.what);
}
proceeds session_player::act(plain const& what) {
    return play_event(what.what);
}
proceeds session_player::act(body const& what) {
    return play_body(what);
}

proceeds session_player::act(octets const& what) {
    auto copy = what.what;
    auto const sent = co_await send(std::move(copy));
    if (!sent) co_return false;
    co_return co_await await_expected(command::macro);
}

proceeds session_player::act(split_writes const& what) {
    writer_.split(what);
    co_return true;
}

proceeds session_player::act(drop_after const& what) {
    writer_.drop_after(what.octets);
    co_return true;
}

proceeds session_player::act(pause const& what) {
    co_await sleep(what.time);
    co_return true;
}

proceeds session_player::act(pause_reading const& what) {
    stream_.pause_reading(what.time);
    co_return true;
}

proceeds session_player::act(end_connection const& what) {
    switch (what.how) {
        case ending::closed: stream_.close(); break;
        case ending::reset: stream_.reset(); break;
        case ending::half_closed: stream_.finish_writing(); break;
    }
    static constexpr std::string_view notes[] = {"closed by the MTA", "reset by the MTA",
                                                 "the MTA writes no more"};
    result.frames.note(notes[static_cast<std::size_t>(what.how)]);
    co_return co_await await_expected(command::quit);
}

proceeds session_player::act(meet const& what) {
    auto label = what.label;
    auto who = result.name;
    auto const problem =
        co_await meetings_->arrive(std::move(label), std::move(who), what.sessions, current_->limit);
    co_return !problem || fail(failure_kind::timeout, *problem);
}

proceeds session_player::act(capture const& what) {
    auto const text = source_of(what);
    auto const found = text ? what.pattern.taken_out_of(*text) : std::nullopt;
    if (found) captured[what.name] = *found;
    auto const missing = "expected a match of \"" + what.pattern.text() + "\", got ";
    co_return found.has_value() ||
        fail(failure_kind::final_message, missing + (text ? '"' + *text + '"' : "no such field"));
}

std::optional<std::string> session_player::source_of(capture const& what) const {
    switch (what.from) {
        case capture::source::reply: return last_reply_;
        case capture::source::header: return field_value(message_, what.header);
        case capture::source::transcript: return result.frames.text();
        case capture::source::body: return message_.result().body;
    }
    return std::nullopt;
}

proceeds session_player::act(fuzz const& what) {
    writer_.fuzz(what, test_.name + '\0' + result.name);
    is_tolerant_ = true;
    co_return true;
}

proceeds session_player::act(only_expect const&) {
    return await_expected(command::end_of_message);
}

// What is sent.

proceeds session_player::play_event(command what) {
    auto const issued = mta_.perform(current_->action, current_->forced);
    if (issued != core::issued::withheld) note_sent(current_->action);
    co_return co_await play_issued(issued, what);
}

proceeds session_player::play_body(body const& what) {
    auto const chunk = what.chunk == 0 ? mta_.largest_chunk() : what.chunk;
    for (std::string_view rest = what.octets; !rest.empty();) {
        auto const piece = rest.substr(0, chunk);
        auto const is_first = rest.size() == what.octets.size();
        rest.remove_prefix(piece.size());
        auto const issued = mta_.perform_body(piece, current_->forced);
        message_.add_body(piece);
        if (issued == core::issued::withheld && !is_first) {
            message_.add_body(rest);  // skipped: the filter does not see the rest, the message has it
            break;
        }
        auto const goes_on = co_await play_issued(issued, command::body);
        if (!goes_on) co_return false;
    }
    co_return true;
}

/// Keeps what the message consists of.
void session_player::note_sent(action const& what) {
    if (auto const* raw = std::get_if<body>(&what)) return message_.add_body(raw->octets);
    auto const* one = std::get_if<words>(&what);
    if (one == nullptr) return;
    std::vector<std::string> parameters(one->strings.begin() + 1, one->strings.end());
    switch (one->what) {
        case command::mail: message_.begin(one->strings.front(), std::move(parameters)); break;
        case command::rcpt: message_.add_recipient(one->strings.front(), std::move(parameters)); break;
        case command::header: message_.add_field(one->strings.front(), one->strings.back()); break;
        default: break;
    }
}

proceeds session_player::play_issued(core::issued issued, command what) {
    auto const sent = co_await send_output();
    if (!sent) co_return false;
    if (!stream_.is_open()) co_return true;  // dropped, as the script said
    if (what == command::quit && issued == core::issued::withheld) {
        result.frames.note("closed by the MTA, which does not send quit here");
        auto const ended = co_await finish();
        if (!ended) co_return false;
    }
    auto const is_event = what != command::abort && what != command::quit && what != command::quit_nc;
    if (issued == core::issued::withheld && is_event) co_return co_await take_withheld(what);
    if (issued == core::issued::unanswered) covered_.unanswered(what);
    auto const awaits_answer = issued == core::issued::awaits_answer || current_->explicit_expectations;
    if (!awaits_answer) co_return true;
    auto const goes_on = co_await await_expected(what);
    if (!goes_on) co_return false;
    co_return co_await send_output();  // what this MTA sends of itself after an answer
}

/// Handles an event that this MTA does not send to this filter.
proceeds session_player::take_withheld(command what) {
    auto const is_declined = mta_.declined(what);
    if (is_declined) covered_.declined(what);
    auto const* why = is_declined ? "declined this event at negotiation" : "has already decided";
    // What the filter did not want to see is part of the message all the same.
    if (is_declined && what != command::body) note_sent(current_->action);
    auto const looks = std::ranges::none_of(current_->expectations, awaits);
    if (current_->explicit_expectations && !looks)
        co_return fail(failure_kind::answer, std::string("the filter ") + why);
    result.frames.note(std::string("not sent: the filter ") + why);
    co_return true;
}

proceeds session_player::send_output() {
    auto frames = mta_.take_output();
    if (frames.empty()) co_return true;
    co_return co_await send(std::move(frames));
}

proceeds session_player::send(std::string frames) {
    auto const quiet = co_await refuse_unsolicited();
    if (!quiet) co_return false;
    co_await writer_.write(std::move(frames), current_->limit);
    co_return true;
}

/// Fails on a second answer to the last event, or an answer to an event that gets none (TM-044, 055, 061).
proceeds session_player::refuse_unsolicited() {
    if (!stream_.has_unread()) co_return true;
    if (is_tolerant_) co_return co_await await_whatever();
    auto const came = co_await read(current_->limit);
    if (came == arrival::closed) co_return true;
    auto const is_frame = came == arrival::frame;
    auto const got = is_frame ? run::describe(stream_.frame()) : describe(came, current_->limit);
    co_return fail(failure_kind::protocol, "expected nothing before this step, got " + got);
}

}  // namespace testmta::run
