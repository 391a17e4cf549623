#include "run/player.hpp"

#include "host/net.hpp"
#include "run/judge.hpp"
#include "text/values.hpp"

namespace testmta::run {

namespace asio = boost::asio;
using core::command;
using arrival = filter_stream::arrival;

namespace {

constexpr core::answer answer_of(core::frame const& came) {
    return static_cast<core::answer>(came.letter);
}

/// The first bytes of text or TLS, read as a length, are more than any milter sends.
bool is_another_protocol(boost::system::error_code const& problem) {
    return problem == milterproto::errc::not_milter || problem == milterproto::errc::frame_too_long;
}

}  // namespace

player::player(asio::any_io_executor executor, test const& what, milterproto::socket_spec filter)
    : test_(what), filter_(std::move(filter)), stream_(executor), mta_(*what.as) {}

asio::awaitable<void> player::play() {
    for (auto const& one : test_.steps) {
        current_ = &one;
        auto const goes_on = co_await perform(one);
        if (!goes_on) co_return;
    }
    if (stream_.is_open()) co_await end_session();
}

/// The MTA stops sending and reads until the filter has closed, too. Whatever arrives before that is an
/// answer to nothing (TM-055), however slow the filter is; a time limit could only guess.
player::proceeds player::end_session() {
    stream_.finish_writing();
    auto const came = co_await read(test_.closing_limit);
    stream_.close();
    if (came == arrival::closed && !stream_.mid_frame()) co_return true;
    if (came == arrival::late && !stream_.mid_frame())
        co_return fail("expected the filter to close its side after the MTA, got " +
                       describe(came, test_.closing_limit));
    auto const got =
        came == arrival::frame ? run::describe(stream_.frame()) : describe(came, test_.closing_limit);
    co_return fail("expected nothing more, got " + got);
}

player::proceeds player::perform(step const& what) {
    return std::visit([this](auto const& doing) { return act(doing); }, what.action);
}

player::proceeds player::act(open const&) {
    mta_ = mta_actor(*test_.as);
    auto const bad = co_await stream_.open(filter_, current_->limit);
    if (!bad) co_return true;
    co_return bail_out("the filter cannot be reached at " + filter_.to_string() + ": " + bad.message());
}

player::proceeds player::act(offer const& what) {
    mta_.make_offer(what);
    auto const sent = co_await send_output();
    if (!sent) co_return false;
    co_return co_await await_expected(command::negotiate);
}

player::proceeds player::act(macros const& what) {
    mta_.remember(what);
    co_return true;
}

player::proceeds player::act(connect const&) {
    return play_event(command::connect);
}
player::proceeds player::act(words const& what) {
    return play_event(what.what);
}
player::proceeds player::act(plain const& what) {
    return play_event(what.what);
}
player::proceeds player::act(body const&) {
    return play_event(command::body);
}

player::proceeds player::act(octets const& what) {
    auto copy = what.what;
    auto const sent = co_await send(std::move(copy));
    if (!sent) co_return false;
    co_return co_await await_expected(command::macro);
}

player::proceeds player::act(split_writes const& what) {
    writes_ = what;
    co_return true;
}

player::proceeds player::act(drop_after const& what) {
    drops_after_ = what.octets;
    co_return true;
}

player::proceeds player::act(pause const& what) {
    co_await sleep(what.time);
    co_return true;
}

player::proceeds player::act(close_connection const&) {
    stream_.close();
    result.frames.note("closed by the MTA");
    co_return true;
}

player::proceeds player::act(only_expect const&) {
    return await_expected(command::macro);
}

player::proceeds player::play_event(command what) {
    if (!std::holds_alternative<body>(current_->action)) {
        auto const issued = mta_.perform(current_->action, current_->forced);
        co_return co_await play_issued(issued, what);
    }
    auto const& sent = std::get<body>(current_->action);
    for (std::string_view rest = sent.octets; !rest.empty();) {
        auto const chunk = rest.substr(0, sent.chunk);
        auto const first = rest.size() == sent.octets.size();
        rest.remove_prefix(chunk.size());
        auto const issued = mta_.perform_body(chunk, current_->forced);
        if (issued == core::issued::withheld && !first) break;  // skipped
        auto const goes_on = co_await play_issued(issued, what);
        if (!goes_on) co_return false;
    }
    co_return true;
}

player::proceeds player::play_issued(core::issued issued, command what) {
    auto const sent = co_await send_output();
    if (!sent) co_return false;
    if (!stream_.is_open()) co_return true;  // dropped, as the script said
    if (what == command::quit && issued == core::issued::withheld) {
        result.frames.note("closed by the MTA, which does not send quit here");
        auto const ended = co_await end_session();
        if (!ended) co_return false;
    }
    auto const is_event = what != command::abort && what != command::quit;
    if (issued == core::issued::withheld && is_event) co_return co_await take_withheld(what);
    auto const awaits = issued == core::issued::awaits_answer || current_->explicit_expectations;
    if (!awaits) co_return true;
    auto const goes_on = co_await await_expected(what);
    if (!goes_on) co_return false;
    co_return co_await send_output();  // what this MTA sends of itself after an answer
}

/// Handles an event that this MTA does not send to this filter.
player::proceeds player::take_withheld(command what) {
    auto const* why = mta_.declined(what) ? "declined this event at negotiation" : "has already decided";
    if (current_->explicit_expectations) co_return fail(std::string("the filter ") + why);
    result.frames.note(std::string("not sent: the filter ") + why);
    co_return true;
}

player::proceeds player::send_output() {
    auto octets = mta_.take_output();
    if (octets.empty()) co_return true;
    co_return co_await send(std::move(octets));
}

player::proceeds player::send(std::string frames) {
    auto const quiet = co_await refuse_unsolicited();
    if (!quiet) co_return false;
    auto const drops = std::exchange(drops_after_, std::nullopt);
    if (drops) frames.resize(std::min(*drops, frames.size()));
    result.frames.sent(frames);
    co_await stream_.write(std::move(frames), writes_, current_->limit);
    if (drops) {
        stream_.close();
        result.frames.note("closed by the MTA");
    }
    co_return true;
}

/// Fails on a second answer to the last event, or an answer to an event that gets none (TM-044, 055, 061).
player::proceeds player::refuse_unsolicited() {
    if (!stream_.has_unread()) co_return true;
    auto const came = co_await read(current_->limit);
    if (came == arrival::closed) co_return true;
    auto const got =
        came == arrival::frame ? run::describe(stream_.frame()) : describe(came, current_->limit);
    co_return fail("expected nothing before this step, got " + got);
}

player::proceeds player::await_expected(command to) {
    for (auto const& wanted : current_->expectations) {
        auto const goes_on = co_await await(wanted, to);
        if (!goes_on) co_return false;
    }
    co_return true;
}

player::proceeds player::await(expectation const& wanted, command to) {
    if (auto const* one = std::get_if<negotiated>(&wanted)) return await_agreement(*one);
    if (auto const* one = std::get_if<nothing>(&wanted)) return await_silence(*one);
    if (auto const* one = std::get_if<closed>(&wanted)) return await_end(*one);
    if (auto const* one = std::get_if<elapsed>(&wanted)) return check_elapsed(*one);
    return await_answer(wanted, to);
}

player::proceeds player::await_answer(expectation const& wanted, command to) {
    for (;;) {
        auto const came = co_await read(current_->limit);
        if (came != arrival::frame) co_return fail(wanted, describe(came, current_->limit));
        auto const& frame = stream_.frame();
        if (auto const breach = protocol_breach(frame, to, mta_.agreed())) {
            co_return fail("expected " + *breach + ", got " + run::describe(frame));
        }
        // Progress restarts the wait (TM-054); modifications come before the answer.
        auto const is_answer = kind_of(frame.letter) == frame_kind::answer;
        if (is_answer) {
            if (auto const got = mismatch(wanted, frame, *test_.as)) co_return fail(wanted, *got);
        }
        if (auto const problem = mta_.hear(frame)) {
            co_return fail("expected a frame that " + std::string(test_.as->name) + " accepts, got " +
                           run::describe(frame) + ": " + *problem);
        }
        if (is_answer) co_return true;
    }
}

player::proceeds player::await_agreement(negotiated const& wanted) {
    auto const came = co_await read(current_->limit);
    if (came == arrival::malformed && is_another_protocol(stream_.problem()))
        co_return bail_out(filter_.to_string() + " is not a milter; it said " + stream_.beginning());
    if (came != arrival::frame) co_return fail(wanted, describe(came, current_->limit));
    auto const& frame = stream_.frame();
    if (answer_of(frame) != core::answer::negotiate) co_return fail(wanted, run::describe(frame));
    if (auto const problem = mta_.judge_agreement(frame.payload)) co_return fail("expected " + *problem);
    if (auto const problem = mta_.hear(frame)) co_return fail("the MTA refuses the agreement: " + *problem);
    auto const& agreed = mta_.agreed();
    auto const fits = wanted.version.value_or(agreed.version) == agreed.version &&
                      wanted.actions.value_or(agreed.actions) == agreed.actions &&
                      wanted.steps.value_or(agreed.steps) == agreed.steps;
    co_return fits || fail("expected another agreement, got " + run::describe(frame));
}

player::proceeds player::await_silence(nothing const& wanted) {
    if (!wanted.within) co_return true;
    auto const came = co_await read(*wanted.within);
    if (came == arrival::late) co_return true;
    auto const got = came == arrival::frame ? run::describe(stream_.frame()) : describe(came, *wanted.within);
    co_return fail(wanted, got);
}

player::proceeds player::await_end(closed const& wanted) {
    auto const limit = wanted.within.value_or(current_->limit);
    auto const came = co_await read(limit);
    if (came == arrival::closed) {
        stream_.close();
        co_return true;
    }
    auto const got = came == arrival::frame ? run::describe(stream_.frame()) : describe(came, limit);
    co_return fail(wanted, got);
}

player::proceeds player::check_elapsed(elapsed const& wanted) {
    auto const took = stream_.elapsed();
    co_return satisfies(wanted.how, took, wanted.time) || fail(wanted, text::to_string(took));
}

asio::awaitable<arrival> player::read(duration limit) {
    auto const came = co_await stream_.read(limit);
    if (came == arrival::frame) result.frames.received(stream_.frame().letter, stream_.frame().payload);
    if (came == arrival::closed) result.frames.note("closed by the filter");
    co_return came;
}

bool player::bail_out(std::string problem) {
    result.verdict = verdict::no_filter;
    result.problem = std::move(problem);
    return false;
}

bool player::fail(std::string problem) {
    result.verdict = verdict::failed;
    result.offset = current_->offset;
    result.problem = std::move(problem);
    result.position = "session main, " + mta_.position();
    return false;
}

bool player::fail(expectation const& wanted, std::string const& got) {
    return fail("expected " + run::describe(wanted) + ", got " + got);
}

std::string player::describe(arrival came, duration limit) const {
    auto const unfinished = stream_.mid_frame() ? " and an unfinished frame" : "";
    switch (came) {
        case arrival::closed: return std::string("the connection closed") + unfinished;
        case arrival::late: return "nothing within " + text::to_string(limit) + unfinished;
        case arrival::malformed: return stream_.problem().message();
        case arrival::frame: break;
    }
    return {};
}

}  // namespace testmta::run
