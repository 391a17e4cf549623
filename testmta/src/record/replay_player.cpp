#include "record/replay_player.hpp"

#include <algorithm>

#include "host/net.hpp"
#include "milterproto/core/wire/codec.hpp"
#include "milterproto/core/wire/frame.hpp"
#include "text/values.hpp"

namespace testmta::record {

namespace asio = boost::asio;
namespace core = milterproto::core;
using arrival = run::milter_stream::arrival;
using proceeds = asio::awaitable<bool>;
using run::failure_kind;

namespace {

bool is_progress(char letter) {
    return letter == static_cast<char>(core::answer::progress);
}

std::string describe(core::frame const& what) {
    return run::describe_frame(run::sender::filter, what.letter, what.payload);
}

/// Returns what of a frame is an answer, without its words.
std::string gist_of(core::frame const& what) {
    constexpr std::size_t options = 12, code = 3;
    std::string gist(1, what.letter);
    if (what.letter == static_cast<char>(core::answer::negotiate)) gist += what.payload.substr(0, options);
    if (what.letter == static_cast<char>(core::answer::reply_code)) gist += what.payload.substr(0, code);
    return gist;
}

}  // namespace

replay_player::replay_player(asio::any_io_executor executor, recorded_session const& what,
                             replay_rules const& rules, milterproto::socket_spec filter)
    : session_(what), rules_(rules), filter_(std::move(filter)), stream_(std::move(executor)) {
    result.name = "main";
}

asio::awaitable<void> replay_player::play() {
    auto const bad = co_await stream_.open(filter_, rules_.limit);
    if (bad) {
        result.unreachable = "the filter cannot be reached at " + filter_.to_string() + ": " + bad.message();
        co_return;
    }
    begun_ = std::chrono::steady_clock::now();
    for (auto const& one : session_.lines) {
        current_ = &one;
        if (one.from == run::sender::mta) {
            co_await send(one);
            continue;
        }
        auto const is_end = one.octets.empty();
        auto const goes_on = is_end ? co_await await_end() : co_await await_frame(one);
        if (!goes_on) break;
    }
    stream_.close();
}

asio::awaitable<void> replay_player::send(recorded const& what) {
    if (rules_.keeps_pauses) {
        auto const rest = begun_ + what.when - std::chrono::steady_clock::now();
        if (rest.count() > 0) co_await sleep(std::chrono::ceil<run::duration>(rest));
    }
    if (what.octets.empty()) {
        stream_.finish_writing();
        result.frames.note("closed by the MTA");
        co_return;
    }
    result.frames.sent(what.octets);
    auto copy = what.octets;
    co_await stream_.write(std::move(copy), {}, rules_.limit);
}

asio::awaitable<arrival> replay_player::read() {
    for (;;) {
        auto const came = co_await stream_.read(rules_.limit);
        if (came == arrival::closed) result.frames.note("closed by the filter");
        if (came != arrival::frame) co_return came;
        auto const frame = stream_.frame();
        result.frames.received(frame.letter, frame.payload);
        // How often a filter says that it is at work depends on its haste.
        if (rules_.compares == comparison::strict || !is_progress(frame.letter)) co_return came;
    }
}

proceeds replay_player::await_frame(recorded const& wanted) {
    auto const expected = frame_in(wanted.octets);
    if (expected && is_progress(expected->letter) && rules_.compares != comparison::strict) co_return true;
    auto const came = co_await read();
    // What was not a frame when it was recorded is not one now.
    if (!expected) co_return came != arrival::frame || fail("bytes that are not a frame", came);
    if (came != arrival::frame) co_return fail(describe(*expected), came);
    co_return is_like(wanted, stream_.frame()) || fail(describe(*expected), came);
}

proceeds replay_player::await_end() {
    auto const came = co_await read();
    co_return came != arrival::frame&& came != arrival::late ? true : fail("the end of the connection", came);
}

bool replay_player::is_like(recorded const& wanted, core::frame const& came) const {
    auto const expected = *frame_in(wanted.octets);
    switch (rules_.compares) {
        case comparison::none: return true;
        case comparison::answers: return gist_of(expected) == gist_of(came);
        case comparison::strict: break;
    }
    return expected.letter == came.letter && unmasked(expected.payload) == unmasked(came.payload);
}

std::string replay_player::unmasked(std::string_view payload) const {
    std::string text(payload);
    for (auto const& one : rules_.ignored) text = one.left_of(text);
    return text;
}

bool replay_player::fail(std::string const& wanted, arrival came) {
    auto got = came == arrival::frame    ? describe(stream_.frame())
               : came == arrival::late   ? "nothing within " + text::to_string(rules_.limit)
               : came == arrival::closed ? std::string("the connection closed")
                                         : stream_.problem().message();
    if (stream_.waiting() != 0)
        got += " and " + std::to_string(stream_.waiting()) + " bytes of an unfinished frame";
    auto const kind = came == arrival::late     ? failure_kind::timeout
                      : came == arrival::closed ? failure_kind::closed
                      : came == arrival::frame  ? failure_kind::answer
                                                : failure_kind::protocol;
    result.failed = run::failure{kind,
                                 current_->offset,
                                 {},
                                 "expected " + wanted + ", got " + got,
                                 "session " + std::to_string(session_.number) + " of the recording"};
    return false;
}

}  // namespace testmta::record
