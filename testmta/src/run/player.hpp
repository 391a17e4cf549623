#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "run/filter_stream.hpp"
#include "run/mta_actor.hpp"
#include "run/transcript.hpp"

namespace testmta::run {

enum class verdict { passed, failed, no_filter };

/// The result of a test.
class outcome {
public:
    run::verdict verdict = run::verdict::passed;
    std::size_t offset = 0;  ///< of the statement that failed
    std::string problem;     ///< `expected X, got Y`; or why there is no filter
    std::string position;    ///< how far the session had come
    transcript frames;
};

/// Plays one test against the filter: takes a step, lets the MTA encode it, sends the bytes, and checks what
/// comes back. Steps return false when the test has failed.
class player {
public:
    player(boost::asio::any_io_executor executor, test const& what, milterproto::socket_spec filter);

    boost::asio::awaitable<void> play();
    outcome result;

private:
    using proceeds = boost::asio::awaitable<bool>;

    proceeds perform(step const& what);
    proceeds act(open const& what);
    proceeds act(offer const& what);
    proceeds act(macros const& what);
    proceeds act(connect const& what);
    proceeds act(words const& what);
    proceeds act(plain const& what);
    proceeds act(body const& what);
    proceeds act(octets const& what);
    proceeds act(split_writes const& what);
    proceeds act(drop_after const& what);
    proceeds act(pause const& what);
    proceeds act(close_connection const& what);
    proceeds act(only_expect const& what);

    proceeds end_session();
    proceeds play_event(core::command what);
    proceeds play_issued(core::issued what, core::command sent);
    proceeds take_withheld(core::command what);
    proceeds send_output();
    proceeds send(std::string frames);
    proceeds refuse_unsolicited();

    proceeds await_expected(core::command to);
    proceeds await(expectation const& wanted, core::command to);
    proceeds await_answer(expectation const& wanted, core::command to);
    proceeds await_agreement(negotiated const& wanted);
    proceeds await_silence(nothing const& wanted);
    proceeds await_end(closed const& wanted);
    proceeds check_elapsed(elapsed const& wanted);
    boost::asio::awaitable<filter_stream::arrival> read(duration limit);

    bool bail_out(std::string problem);
    bool fail(std::string problem);
    bool fail(expectation const& wanted, std::string const& got);
    std::string describe(filter_stream::arrival came, duration limit) const;

    test const& test_;
    milterproto::socket_spec filter_;
    filter_stream stream_;
    mta_actor mta_;
    step const* current_ = nullptr;
    split_writes writes_{0, {}};
    std::optional<std::size_t> drops_after_;
};

}  // namespace testmta::run
