#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "run/coverage.hpp"
#include "run/followed_message.hpp"
#include "run/frame_writer.hpp"
#include "run/meeting_points.hpp"
#include "run/milter_stream.hpp"
#include "run/mta_actor.hpp"
#include "run/outcome.hpp"
#include "run/step_player.hpp"
#include "script/test.hpp"

namespace testmta::run {

/// Plays the steps of one session against the filter: takes a step, lets the MTA encode it, sends the bytes,
/// and checks what comes back. `result` says why a session cannot go on.
class session_player final : public step_player {
public:
    session_player(boost::asio::any_io_executor executor, test const& what, std::string name,
                   milterproto::socket_spec filter);

    proceeds play(step const& what) override;
    proceeds play(together const& what) override;
    /// Closes the connection and looks at what comes before the filter closes, too.
    proceeds finish();
    void close() { stream_.close(); }

    bool is_open() const noexcept { return stream_.is_open(); }
    bool has_agreed_to(negotiated const& what) const override;
    /// Where this session meets others; null outside of `parallel`.
    void meet_at(meeting_points* where) { meetings_ = where; }
    bool fail_at(node const& where, std::string problem) override;

    followed_message const& message() const noexcept { return message_; }
    /// Returns the text of the filter's last reply of its own.
    std::string const& last_reply() const noexcept { return last_reply_; }

    coverage const& covered() const noexcept { return covered_.noted(); }

    session_result result;

private:
    using arrival = milter_stream::arrival;

    // what a step does
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
    proceeds act(pause_reading const& what);
    proceeds act(end_connection const& what);
    proceeds act(meet const& what);
    proceeds act(capture const& what);
    proceeds act(fuzz const& what);
    proceeds act(only_expect const& what);

    // what is sent
    proceeds play_event(core::command what);
    proceeds play_body(body const& what);
    proceeds play_issued(core::issued issued, core::command sent);
    proceeds take_withheld(core::command what);
    proceeds send_output();
    proceeds send(std::string frames);
    proceeds refuse_unsolicited();
    void note_sent(action const& what);
    std::string encode(step const& what);

    // what is awaited
    proceeds await_expected(core::command to);
    proceeds await(expectation const& wanted, core::command to);
    proceeds await_answer(expectation const& wanted, core::command to);
    proceeds await_agreement(negotiated const& wanted);
    bool offers_less() const;
    proceeds await_whatever();
    proceeds await_silence(nothing const& wanted);
    proceeds await_end(closed const& wanted);
    bool take_edit(core::frame const& came);
    bool hear(core::frame const& came);
    void take_verdict(core::frame const& came, core::command to);
    boost::asio::awaitable<arrival> read(duration limit);

    // what is looked at
    proceeds look_at(expectation const& wanted);
    bool look(expectation const& wanted);
    bool look_at_edits();
    std::optional<std::string> source_of(capture const& what) const;

    bool bail_out(std::string problem);
    bool fail(failure_kind kind, std::string problem);
    bool fail(failure_kind kind, expectation const& wanted, std::string const& got);
    bool fail_arrival(expectation const& wanted, arrival came, duration limit);
    std::string where_it_is() const;
    std::string describe(arrival came, duration limit) const;

    test const& test_;
    milterproto::socket_spec filter_;
    milter_stream stream_;
    frame_writer writer_;
    mta_actor mta_;
    followed_message message_;
    covered_session covered_;
    meeting_points* meetings_ = nullptr;
    step const* current_ = nullptr;
    bool is_tolerant_ = false;    ///< whatever came so far was right, and so is what still comes
    std::uint32_t progress_ = 0;  ///< reports since the last event
    std::string last_reply_;
};

}  // namespace testmta::run
