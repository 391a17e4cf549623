#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "milterproto/socket_spec.hpp"
#include "record/recording.hpp"
#include "run/milter_stream.hpp"
#include "run/outcome.hpp"
#include "text/expression.hpp"

namespace testmta::record {

/// How the frames of the filter are compared with those of the recording.
enum class comparison {
    strict,   ///< byte for byte
    answers,  ///< the kinds of answers and edits, the codes of replies, and what was agreed; progress does
              ///< not count
    none,     ///< only that something comes
};

class replay_rules {
public:
    comparison compares = comparison::answers;
    bool keeps_pauses = false;
    std::vector<text::expression> ignored;  ///< what they match in a payload is not compared
    run::duration limit{};                  ///< for each frame of the filter
};

/// The lines of one session of a recording.
struct recorded_session {
    std::size_t number;
    std::vector<recorded> lines;
};

/// Plays the MTA of a recorded session, and compares what the filter says. `result` says how it went.
class replay_player {
public:
    replay_player(boost::asio::any_io_executor executor, recorded_session const& what,
                  replay_rules const& rules, milterproto::socket_spec filter);

    boost::asio::awaitable<void> play();

    run::session_result result;

private:
    using proceeds = boost::asio::awaitable<bool>;

    boost::asio::awaitable<void> send(recorded const& what);
    proceeds await_frame(recorded const& wanted);
    proceeds await_end();
    boost::asio::awaitable<run::milter_stream::arrival> read();
    bool is_like(recorded const& wanted, milterproto::core::frame const& came) const;
    std::string unmasked(std::string_view payload) const;
    bool fail(std::string const& wanted, run::milter_stream::arrival came);

    recorded_session const& session_;
    replay_rules const& rules_;
    milterproto::socket_spec filter_;
    run::milter_stream stream_;
    recorded const* current_ = nullptr;
    std::chrono::steady_clock::time_point begun_;
};

}  // namespace testmta::record
