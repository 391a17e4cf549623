#include "filter/filter_player.hpp"

#include <algorithm>
#include <utility>

#include "filter/answer_frames.hpp"
#include "filter/awaited_event.hpp"
#include "host/net.hpp"
#include "milterproto/core/wire/codec.hpp"
#include "milterproto/core/wire/protocol_table.hpp"
#include "run/line_player.hpp"
#include "text/printable.hpp"
#include "text/values.hpp"

namespace testmta::filter {

namespace asio = boost::asio;
using core::command;
using proceeds = filter_player::proceeds;
using run::failure_kind;

namespace {

/// What is kept of a message, for captures, and of all frames: an MTA may use a connection for days.
constexpr std::size_t most_kept = 16 * 1024 * 1024;

command command_of(core::frame const& came) {
    return static_cast<command>(came.letter);
}

std::string describe(core::frame const& came) {
    return run::describe_frame(run::sender::mta, came.letter, came.payload);
}

/// The lines of one connection: the parser lets no other session into the test of a filter.
class one_connection : public run::line_player {
    proceeds play(run::on_session const&, run::step_player&) override { co_return false; }
    proceeds play(run::parallel const&, run::step_player&) override { co_return false; }
};

}  // namespace

filter_player::filter_player(asio::any_io_executor executor, run::test const& what)
    : test_(what), stream_(std::move(executor)), writer_(stream_, result, "the filter") {
    result.name = "main";
    result.frames = run::transcript::bounded(run::sender::filter, most_kept);
}

asio::awaitable<void> filter_player::play(milterproto::newcomer peer) {
    auto const family = peer.family();
    stream_.adopt(family, peer.release());
    one_connection lines;
    auto const goes_on = co_await lines.play_lines(test_.body, *this);
    if (goes_on || result.unmet) co_await serve_rest();
    stream_.close();
}

proceeds filter_player::play(run::step const& what) {
    current_ = &what;
    if (is_tolerant_ && !stream_.is_open()) co_return true;
    co_return co_await std::visit([this](auto const& doing) { return act(doing); }, what.action);
}

proceeds filter_player::play(run::together const& what) {
    std::string frames;
    for (auto const& one : what.steps) frames += std::get<run::octets>(one.action).what;
    if (what.steps.empty()) co_return true;
    current_ = &what.steps.front();
    co_await write(std::move(frames));
    co_return true;
}

bool filter_player::has_agreed_to(run::negotiated const& what) const {
    return what.actions.allows(agreed_.actions) && what.steps.allows(agreed_.steps);
}

// What a step does.

proceeds filter_player::act(run::octets const& what) {
    auto copy = what.what;
    co_await write(std::move(copy));
    co_return true;
}

proceeds filter_player::act(run::split_writes const& what) {
    writer_.split(what);
    co_return true;
}

proceeds filter_player::act(run::drop_after const& what) {
    drops_after_ = what.octets;
    co_return true;
}

proceeds filter_player::act(run::pause const& what) {
    co_await sleep(what.time);
    co_return true;
}

proceeds filter_player::act(run::pause_reading const& what) {
    stream_.pause_reading(what.time);
    co_return true;
}

proceeds filter_player::act(run::end_connection const& what) {
    switch (what.how) {
        case run::ending::closed: close("closed by the filter"); break;
        case run::ending::reset:
            stream_.reset();
            result.frames.note("reset by the filter");
            break;
        case run::ending::half_closed:
            stream_.finish_writing();
            result.frames.note("the filter writes no more");
            break;
    }
    co_return true;
}

proceeds filter_player::act(run::macros const& what) {
    wanted_macros_.push_back(what);
    co_return true;
}

proceeds filter_player::act(run::capture const& what) {
    std::optional<std::string> text;
    if (what.from == run::capture::source::body) text = body_;
    if (what.from == run::capture::source::transcript) text = result.frames.text();
    if (what.from == run::capture::source::header) {
        auto const found = std::ranges::find_if(
            fields_, [&](auto const& field) { return core::equals_ignoring_case(field.first, what.header); });
        if (found != fields_.end()) text = found->second;
    }
    auto const found = text ? what.pattern.taken_out_of(*text) : std::nullopt;
    if (found) captured[what.name] = *found;
    co_return found.has_value() ||
        fail(failure_kind::final_message, "expected a match of \"" + what.pattern.text() + "\", got " +
                                              (text ? '"' + *text + '"' : "no such field"));
}

proceeds filter_player::act(run::fuzz const& what) {
    writer_.fuzz(what, test_.name);
    is_tolerant_ = true;
    co_return true;
}

proceeds filter_player::act(run::only_expect const&) {
    for (auto const& one : current_->expectations) {
        auto goes_on = true;
        if (auto const* end = std::get_if<run::closed>(&one)) goes_on = co_await await_end(*end);
        if (auto const* silence = std::get_if<run::nothing>(&one)) goes_on = co_await await_silence(*silence);
        if (!goes_on) co_return false;
    }
    co_return true;
}

/// The MTA has connected.
proceeds filter_player::act(run::open const&) {
    co_return true;
}

/// Nobody else is here; the parser says so.
proceeds filter_player::act(run::meet const&) {
    co_return true;
}

// What the MTA sends.

asio::awaitable<run::milter_stream::arrival> filter_player::read(duration limit) {
    auto const came = co_await stream_.read(limit);
    if (came == arrival::frame) {
        auto const frame = stream_.frame();
        result.frames.received(frame.letter, frame.payload);
        keep(frame);
    }
    if (came == arrival::closed && stream_.is_open()) close("closed by the MTA");
    co_return came;
}

/// Keeps what later lines may ask for.
void filter_player::keep(core::frame const& came) {
    auto const payload = came.payload;
    switch (command_of(came)) {
        case command::mail:
            ++messages_;
            fields_.clear();
            body_.clear();
            break;
        case command::macro:
            if (!payload.empty()) macros_[payload.front()] = payload.substr(1);
            break;
        case command::header:
            if (auto const field = core::decode_header(payload); field && fields_.size() < 10'000)
                fields_.emplace_back(field->first, field->second);
            break;
        case command::body:
        case command::end_of_message: body_.append(payload.substr(0, most_kept - body_.size())); break;
        default: break;
    }
}

proceeds filter_player::await_event() {
    for (;;) {
        auto const came = co_await read(current_->limit);
        if (came != arrival::frame && is_tolerant_) {
            stream_.close();
            co_return true;
        }
        if (came != arrival::frame) co_return fail_arrival("this event", came, current_->limit);
        auto const frame = stream_.frame();
        if (core::find_command(frame.letter) == nullptr)
            co_return fail(failure_kind::protocol, "expected a command of an MTA, got " + describe(frame));
        if (command_of(frame) == command::macro) continue;
        if (is_awaited(current_->action, frame)) co_return co_await answer(frame);
        co_await answer_unawaited(frame, current_->others, current_->limit);
        if (result.unmet || result.failed) co_return false;
        if (!has_agreed_) co_return fail(failure_kind::protocol, "expected an offer, got " + describe(frame));
        if (!stream_.is_open()) co_return fail(failure_kind::answer, "expected this event, got QUIT");
    }
}

/// The MTA may say good-bye before it closes.
proceeds filter_player::await_end(run::closed const& wanted) {
    auto const limit = wanted.within.value_or(current_->limit);
    auto const until = std::chrono::steady_clock::now() + limit;
    for (;;) {
        auto const rest = until - std::chrono::steady_clock::now();
        auto const came = co_await read(std::max(std::chrono::ceil<duration>(rest), duration(0)));
        if (came == arrival::closed) co_return true;
        auto const ends = came == arrival::frame && is_for_nobody(stream_.frame());
        if (!ends) co_return fail_arrival("closed", came, limit);
    }
}

proceeds filter_player::await_silence(run::nothing const& wanted) {
    auto const came = co_await read(*wanted.within);
    auto const is_silent = came == arrival::late && !stream_.mid_frame();
    co_return is_silent ||
        fail_arrival("nothing within " + text::to_string(*wanted.within), came, *wanted.within);
}

/// After the last line the MTA goes on as it likes.
filter_player::done filter_player::serve_rest() {
    while (stream_.is_open()) {
        auto const came = co_await read(test_.limit);
        if (came == arrival::malformed && !is_tolerant_) fail_arrival("frames of an MTA", came, test_.limit);
        if (came != arrival::frame) co_return;
        co_await answer_unawaited(stream_.frame(), test_.others, test_.limit);
    }
}

/// Returns whether no answer is due: the MTA gives something up, or sends macros.
bool filter_player::is_for_nobody(core::frame const& came) {
    auto const what = command_of(came);
    return what == command::abort || what == command::quit || what == command::quit_nc ||
           what == command::macro;
}

// What the filter says.

/// Cuts what is written next. That is what a line says, not the answer to an event in between.
void filter_player::begin_drop() {
    if (auto const drops = std::exchange(drops_after_, std::nullopt)) writer_.drop_after(*drops);
}

filter_player::done filter_player::write(std::string frames) {
    begin_drop();
    co_await writer_.write(std::move(frames), current_->limit);
}

/// Answers the event that was awaited. Edits and progress go out before the answer, wherever they stand.
proceeds filter_player::answer(core::frame const& came) {
    if (auto const missing = missing_macro(command_of(came))) co_return fail(failure_kind::answer, *missing);
    auto const payload = std::string(came.payload);
    auto const is_due = current_->explicit_expectations || !is_unanswered(came);
    for (auto const& one : current_->expectations) {
        auto frames = frames_before_answer(one);
        if (!frames.empty()) co_await write(std::move(frames));
    }
    for (auto const& one : current_->expectations) {
        if (auto const* said = std::get_if<run::negotiated>(&one)) {
            begin_drop();
            auto const agrees = co_await agree(payload, *said, current_->limit);
            if (!agrees) co_return false;
        }
        auto frame = frame_of_answer(one);
        if (!frame.empty() && is_due) co_await write(std::move(frame));
        if (std::holds_alternative<run::closed>(one)) close("closed by the filter");
    }
    // An offer that the script leaves unanswered has been made all the same.
    has_agreed_ = true;
    co_return true;
}

filter_player::done filter_player::answer_unawaited(core::frame const& came, run::implied how,
                                                    duration limit) {
    auto const what = command_of(came);
    if (what == command::negotiate) {
        auto const payload = std::string(came.payload);
        co_await agree(payload, run::negotiated{}, limit);
    } else if (what == command::quit) {
        close("closed by the filter");
    } else if (how == run::implied::proceed && !is_for_nobody(came) && !is_unanswered(came)) {
        auto frame = frame_of_answer(run::answer_is{core::answer::proceed});
        co_await writer_.write(std::move(frame), limit);
    }
}

bool filter_player::is_unanswered(core::frame const& came) const {
    auto const* traits = core::find_command(came.letter);
    return traits != nullptr && (traits->unanswered_by & agreed_.steps) != 0;
}

proceeds filter_player::agree(std::string_view offer, run::negotiated const& said, duration limit) {
    auto const offered = core::decode_options(offer);
    if (!offered)
        co_return fail(failure_kind::protocol, "expected an offer of 12 bytes or more, got " +
                                                   std::to_string(offer.size()) + " bytes");
    agreed_ = agreement_to(*offered, said);
    has_agreed_ = true;
    std::string frame;
    core::append_agreement(frame, agreed_, {});
    co_await writer_.write(std::move(frame), limit);
    for (auto const& one : test_.needs) {
        auto const fits =
            has_agreed_to(one.agreement) && agreed_.version >= one.agreement.version.value_or(0);
        if (fits) continue;
        result.unmet = "this connection was not to have " + one.text;
        co_return false;
    }
    co_return true;
}

/// Returns what is wrong with the macros that came for the event, and forgets them.
std::optional<std::string> filter_player::missing_macro(command to) {
    auto const letter = static_cast<char>(to);
    auto const came = std::exchange(macros_[letter], {});
    std::optional<std::string> wrong;
    for (auto const& wanted : wanted_macros_) {
        if (wanted.stage != to) continue;
        for (auto const& [name, value] : wanted.values) {
            auto const found = core::find_macro(came, name);
            auto const is_same = found.is_there && found.value.value_or("") == value;
            if (is_same || wrong) continue;
            auto const got = found.is_there ? '"' + text::printable(found.value.value_or("")) + '"'
                                            : std::string("no such macro");
            wrong = "expected the macro " + name;
            wrong->append("=").append(value).append(", got ").append(got);
        }
    }
    std::erase_if(wanted_macros_, [&](run::macros const& one) { return one.stage == to; });
    return wrong;
}

void filter_player::close(std::string_view note) {
    stream_.close();
    result.frames.note(note);
}

// What is reported.

bool filter_player::fail(failure_kind kind, std::string problem) {
    if (result.failed) return false;
    result.failed = run::failure{kind, current_ != nullptr ? current_->offset : test_.offset,
                                 current_ != nullptr ? current_->calls : std::vector<std::size_t>(),
                                 std::move(problem), where_it_is()};
    return false;
}

bool filter_player::fail_at(run::node const& where, std::string problem) {
    result.failed =
        run::failure{failure_kind::answer, where.offset, where.calls, std::move(problem), where_it_is()};
    return false;
}

bool filter_player::fail_arrival(std::string const& wanted, arrival came, duration limit) {
    auto const last = result.frames.last_received();
    std::string got;
    auto kind = failure_kind::answer;
    switch (came) {
        case arrival::frame: got = describe(stream_.frame()); break;
        case arrival::closed:
            kind = failure_kind::closed;
            got = "the connection closed" + (last.empty() ? "" : " after " + last);
            break;
        case arrival::late:
            kind = failure_kind::timeout;
            got = "nothing within " + text::to_string(limit);
            break;
        case arrival::malformed:
            kind = failure_kind::protocol;
            got = stream_.problem().message();
            break;
    }
    if (stream_.waiting() != 0)
        got += " and " + std::to_string(stream_.waiting()) + " bytes of an unfinished frame";
    return fail(kind, "expected " + wanted + ", got " + got);
}

std::string filter_player::where_it_is() const {
    auto const at = messages_ == 0 ? "before the first message" : "message " + std::to_string(messages_);
    return at + (result.fuzz_seed ? "; fuzz seed " + std::to_string(*result.fuzz_seed) : "");
}

}  // namespace testmta::filter
