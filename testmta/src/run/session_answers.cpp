#include <algorithm>

#include "milterproto/core/wire/message.hpp"
#include "run/judge.hpp"
#include "run/message_judge.hpp"
#include "run/session_player.hpp"
#include "text/overloaded.hpp"
#include "text/values.hpp"

/// What a session awaits of the filter, and how it judges what came.
namespace testmta::run {

namespace asio = boost::asio;
using core::command;
using proceeds = session_player::proceeds;

namespace {

constexpr core::answer answer_of(core::frame const& came) {
    return static_cast<core::answer>(came.letter);
}

/// The first bytes of text or TLS, read as a length, are more than any milter sends.
bool is_another_protocol(boost::system::error_code const& problem) {
    return problem == milterproto::errc::not_milter || problem == milterproto::errc::frame_too_long;
}

/// Returns whether the verdict on this command is one on the whole message.
bool is_final_verdict(command on, core::answer verdict) {
    switch (on) {
        case command::end_of_message: return true;
        case command::rcpt: return verdict == core::answer::accept || verdict == core::answer::discard;
        case command::mail:
        case command::data:
        case command::header:
        case command::end_of_headers:
        case command::body: return verdict != core::answer::proceed && verdict != core::answer::skip;
        default: return false;
    }
}

}  // namespace

proceeds session_player::await_expected(command to) {
    if (writer_.is_fuzzing()) co_return co_await await_whatever();
    for (auto const& wanted : current_->expectations) {
        auto const goes_on = co_await await(wanted, to);
        if (!goes_on) co_return false;
    }
    co_return look_at_edits();
}

proceeds session_player::await(expectation const& wanted, command to) {
    if (auto const* one = std::get_if<negotiated>(&wanted)) return await_agreement(*one);
    if (auto const* one = std::get_if<nothing>(&wanted)) return await_silence(*one);
    if (auto const* one = std::get_if<closed>(&wanted)) return await_end(*one);
    if (std::holds_alternative<whatever>(wanted)) return await_whatever();
    if (!awaits(wanted)) return look_at(wanted);
    return await_answer(wanted, to);
}

proceeds session_player::await_answer(expectation const& wanted, command to) {
    for (;;) {
        auto const came = co_await read(current_->limit);
        if (came != arrival::frame) co_return fail_arrival(wanted, came, current_->limit);
        auto const& frame = stream_.frame();
        if (auto const breach = protocol_breach(frame, to, mta_.agreed()))
            co_return fail(failure_kind::protocol, "expected " + *breach + ", got " + run::describe(frame));
        auto const kind = kind_of(frame.letter);
        // Progress restarts the wait (TM-054); modifications come before the answer.
        if (kind == frame_kind::progress) ++progress_;
        if (kind == frame_kind::modification && !take_edit(frame)) co_return false;
        if (kind == frame_kind::answer) {
            auto const got = mismatch(wanted, frame, *test_.as);
            if (got) co_return fail(failure_kind::answer, wanted, *got);
        }
        if (!hear(frame)) co_return false;
        if (kind != frame_kind::answer) continue;
        take_verdict(frame, to);
        co_return true;
    }
}

bool session_player::take_edit(core::frame const& came) {
    auto const wrong = message_.take_edit(came, mta_.agreed());
    for (auto& doubt : message_.take_doubts()) result.doubts.push_back({current_->offset, std::move(doubt)});
    if (!wrong) covered_.edited(word_of(message_.edits().back().what));
    return !wrong || fail(failure_kind::protocol, "expected an edit that an MTA can carry out, got " +
                                                      run::describe(came) + ": " + *wrong);
}

bool session_player::hear(core::frame const& came) {
    auto const problem = mta_.hear(came);
    return !problem ||
           fail(failure_kind::protocol, "expected a frame that " + std::string(test_.as->name) +
                                            " accepts, got " + run::describe(came) + ": " + *problem);
}

void session_player::take_verdict(core::frame const& came, command to) {
    auto const verdict = answer_of(came);
    covered_.answered(to, verdict);
    auto code = 0;
    if (verdict == core::answer::reply_code) {
        std::string ignored;
        auto const reply = read_reply(came.payload, test_.as->percent, ignored);
        last_reply_ = std::string(came.payload.substr(0, came.payload.find('\0')));
        code = reply ? reply->code : 0;
    }
    if (to == command::rcpt && core::is_refusal(verdict)) message_.refuse_last_recipient();
    if (is_final_verdict(to, verdict)) message_.decide(verdict, code);
}

proceeds session_player::await_agreement(negotiated const& wanted) {
    auto const came = co_await read(current_->limit);
    if (came == arrival::malformed && is_another_protocol(stream_.problem()))
        co_return bail_out(filter_.to_string() + " is not a milter; it said " + stream_.beginning());
    if (came == arrival::closed && offers_less()) {
        result.unmet = "the filter closes the connection when less is offered";  // as it may: MP-034
        co_return false;
    }
    if (came != arrival::frame) co_return fail_arrival(wanted, came, current_->limit);
    auto const& frame = stream_.frame();
    if (answer_of(frame) != core::answer::negotiate)
        co_return fail(failure_kind::protocol, wanted, run::describe(frame));
    if (auto const problem = mta_.judge_agreement(frame.payload))
        co_return fail(failure_kind::protocol, "expected " + *problem);
    if (auto const problem = mta_.hear(frame))
        co_return fail(failure_kind::protocol, "the MTA refuses the agreement: " + *problem);
    covered_.negotiated(mta_.offered(), mta_.agreed());
    auto const version = mta_.agreed().version;
    for (auto const& one : test_.needs) {
        if (has_agreed_to(one.agreement) && version >= one.agreement.version.value_or(0)) continue;
        result.unmet = "the filter did not negotiate " + one.text;
        co_return false;
    }
    auto const fits = wanted.version.value_or(version) == version && has_agreed_to(wanted);
    co_return fits || fail(failure_kind::answer, "expected another agreement, got " + run::describe(frame));
}

/// Awaits an answer for a while. Only what is not a frame of the protocol is wrong.
proceeds session_player::await_whatever() {
    constexpr std::chrono::milliseconds patience{50};
    is_tolerant_ = true;
    while (stream_.is_open()) {
        auto const came = co_await read(patience);
        if (came == arrival::late) co_return true;
        if (came == arrival::malformed) co_return fail_arrival(whatever{}, came, patience);
        if (came == arrival::closed) {
            stream_.close();
            co_return true;
        }
        auto const kind = kind_of(stream_.frame().letter);
        auto const agrees = answer_of(stream_.frame()) == core::answer::negotiate;
        if (kind == frame_kind::unknown && !agrees)
            co_return fail(failure_kind::protocol, whatever{}, run::describe(stream_.frame()));
        if (agrees && !mta_.judge_agreement(stream_.frame().payload)) mta_.hear(stream_.frame());
        if (kind == frame_kind::answer || agrees) co_return true;
    }
    co_return true;
}

/// Returns whether the script offers less than the dialect, and does not say what must come of it.
bool session_player::offers_less() const {
    auto const* made = std::get_if<offer>(&current_->action);
    if (made == nullptr || current_->explicit_expectations) return false;
    auto const& usual = test_.as->mta.negotiation.offer;
    auto const actions = made->actions.applied_to(usual.actions);
    auto const steps = made->steps.applied_to(usual.steps);
    return (usual.actions & ~actions) != 0 || (usual.steps & ~steps) != 0 ||
           made->version.value_or(usual.version) < usual.version;
}

proceeds session_player::await_silence(nothing const& wanted) {
    if (!wanted.within) co_return true;
    auto const came = co_await read(*wanted.within);
    if (came == arrival::late && !stream_.mid_frame()) co_return true;
    auto const is_frame = came == arrival::frame;
    auto const got = is_frame ? run::describe(stream_.frame()) : describe(came, *wanted.within);
    co_return fail(failure_kind::answer, wanted, got);
}

proceeds session_player::await_end(closed const& wanted) {
    auto const limit = wanted.within.value_or(current_->limit);
    auto const came = co_await read(limit);
    if (came != arrival::closed) co_return fail_arrival(wanted, came, limit);
    stream_.close();
    co_return true;
}

asio::awaitable<milter_stream::arrival> session_player::read(duration limit) {
    auto const came = co_await stream_.read(limit);
    if (came == arrival::frame) result.frames.received(stream_.frame().letter, stream_.frame().payload);
    if (came == arrival::closed) result.frames.note("closed by the filter");
    co_return came;
}

// What is looked at.

proceeds session_player::look_at(expectation const& wanted) {
    co_return look(wanted);
}

bool session_player::look(expectation const& wanted) {
    return std::visit(overloaded{
                          [&](elapsed const& one) {
                              auto const took = stream_.elapsed();
                              return satisfies(one.how, took, one.time) ||
                                     fail(failure_kind::timeout, wanted, text::to_string(took));
                          },
                          [&](progress_is const& one) {
                              return one.count.holds_for(progress_) ||
                                     fail(failure_kind::answer, wanted, std::to_string(progress_));
                          },
                          [&](edit_count const& one) {
                              auto const count = message_.edits().size();
                              return count == one.count ||
                                     fail(failure_kind::edit, wanted,
                                          std::to_string(count) + ": " + list_nearest({}, message_.edits()));
                          },
                          [&](final_is const& one) {
                              auto const found = judge_message(one, message_);
                              if (found.doubt) result.doubts.push_back({current_->offset, *found.doubt});
                              return !found.got || fail(failure_kind::final_message, wanted, *found.got);
                          },
                          [](auto const&) { return true; },
                      },
                      wanted);
}

/// All edits of a statement are judged together, because each that is wanted is one of its own.
bool session_player::look_at_edits() {
    std::vector<edit_is> wanted;
    for (auto const& one : current_->expectations) {
        if (auto const* is = std::get_if<edit_is>(&one)) wanted.push_back(*is);
    }
    auto const problem = judge_edits(wanted, message_.edits());
    return !problem || fail(failure_kind::edit, wanted[problem->which], problem->got);
}

// What is reported.

bool session_player::bail_out(std::string problem) {
    result.unreachable = std::move(problem);
    return false;
}

bool session_player::fail(failure_kind kind, std::string problem) {
    if (result.failed) return false;
    result.failed = failure{kind, current_ != nullptr ? current_->offset : test_.offset,
                            current_ != nullptr ? current_->calls : std::vector<std::size_t>(),
                            std::move(problem), where_it_is()};
    return false;
}

/// Returns how far the session has come.
std::string session_player::where_it_is() const {
    auto text = "session " + result.name + ", " + mta_.position();
    if (result.fuzz_seed) text += "; fuzz seed " + std::to_string(*result.fuzz_seed);
    return text;
}

bool session_player::fail(failure_kind kind, expectation const& wanted, std::string const& got) {
    return fail(kind, "expected " + run::describe(wanted) + ", got " + got);
}

bool session_player::fail_at(node const& where, std::string problem) {
    result.failed =
        failure{failure_kind::answer, where.offset, where.calls, std::move(problem), where_it_is()};
    return false;
}

bool session_player::fail_arrival(expectation const& wanted, arrival came, duration limit) {
    auto const is_frame = came == arrival::frame;
    auto const got = is_frame ? run::describe(stream_.frame()) : describe(came, limit);
    auto const kind = came == arrival::late        ? failure_kind::timeout
                      : came == arrival::closed    ? failure_kind::closed
                      : came == arrival::malformed ? failure_kind::protocol
                                                   : failure_kind::answer;
    return fail(kind, wanted, got);
}

std::string session_player::describe(arrival came, duration limit) const {
    auto const count = stream_.waiting();
    auto const unfinished =
        count == 0 ? "" : " and " + std::to_string(count) + " bytes of an unfinished frame";
    auto const last = result.frames.last_received();
    switch (came) {
        case arrival::closed:
            return "the connection closed" + (last.empty() ? "" : " after " + last) + unfinished;
        case arrival::late: return "nothing within " + text::to_string(limit) + unfinished;
        case arrival::malformed: return stream_.problem().message();
        case arrival::frame: break;
    }
    return {};
}

}  // namespace testmta::run
