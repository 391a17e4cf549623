#include "load/script_loader.hpp"

#include "run/test_player.hpp"
#include "text/printable.hpp"

namespace testmta::load {

namespace asio = boost::asio;

namespace {

/// As many frames as `testmta run` shows of a test that failed.
constexpr std::size_t last_frames = 8;

}  // namespace

script_loader::script_loader(asio::any_io_executor executor, crew& with, run::script const& what,
                             std::size_t connection)
    : executor_(executor),
      with_(with),
      script_(what),
      pace_(executor, with, connection),
      connection_(connection) {}

asio::awaitable<void> script_loader::run() {
    co_await pace_.await_opening();
    for (std::uint64_t turn = 0;; ++turn) {
        auto const start = pace_.next_start();
        if (!start) break;
        co_await pace_.await(*start);
        co_await play(*start, connection_ + turn * with_.what.connections);
    }
}

asio::awaitable<void> script_loader::play(moment start, std::uint64_t message) {
    auto const& what = script_.tests[message % script_.tests.size()];
    auto const due = pace_.begin_message(start);
    run::test_player player(executor_, what, with_.filter);
    co_await player.play();
    auto const how = player.result();
    with_.counted.sessions += how.sessions.size();
    if (how.verdict == run::verdict::no_filter) {
        pace_.end_message(&tally::lost);
        with_.end(early_end::no_filter, how.reason);
        co_return;
    }
    if (how.verdict != run::verdict::skipped)
        with_.counted.time_of(phase::test).add(std::chrono::steady_clock::now() - due);
    count(what, how);
}

void script_loader::count(run::test const& what, run::outcome const& how) {
    if (how.verdict == run::verdict::passed) return pace_.end_message(&tally::passed);
    if (how.verdict == run::verdict::skipped) return pace_.end_message(&tally::skipped);
    for (auto const& one : how.sessions) {
        if (one.failed) add_failure(what, one);
    }
    pace_.end_message(&tally::failed);
}

/// The kind of a failure is its place in the script: what came instead may differ each time.
void script_loader::add_failure(run::test const& what, run::session_result const& in) {
    with_.errors.fetch_add(1, std::memory_order_relaxed);
    auto const kind = script_.files->describe(in.failed->offset) + ": test \"" + text::readable(what.name) +
                      "\" failed (" + std::string(run::word_of(in.failed->kind)) + ')';
    with_.counted.add_error(kind, [&] {
        return run::explain(*script_.files, *in.failed) + in.frames.format(last_frames, run::secrets({}));
    });
}

}  // namespace testmta::load
