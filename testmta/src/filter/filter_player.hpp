#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "milterproto/newcomer.hpp"
#include "run/frame_writer.hpp"
#include "run/milter_stream.hpp"
#include "run/outcome.hpp"
#include "run/step_player.hpp"

namespace testmta::filter {

namespace core = milterproto::core;
using run::duration;

/// Plays the filter of one connection as a test says: awaits the events of the MTA, gives the answers that
/// are written after `->`, and commits the faults in between. `result` says how it went.
class filter_player final : public run::step_player {
public:
    filter_player(boost::asio::any_io_executor executor, run::test const& what);

    /// Plays until one of the two closes the connection.
    boost::asio::awaitable<void> play(milterproto::newcomer peer);

    proceeds play(run::step const& what) override;
    proceeds play(run::together const& what) override;
    bool has_agreed_to(run::negotiated const& what) const override;
    bool fail_at(run::node const& where, std::string problem) override;

    run::session_result result;

private:
    using arrival = run::milter_stream::arrival;
    using done = boost::asio::awaitable<void>;

    // what a step does
    proceeds act(run::octets const& what);
    proceeds act(run::split_writes const& what);
    proceeds act(run::drop_after const& what);
    proceeds act(run::pause const& what);
    proceeds act(run::pause_reading const& what);
    proceeds act(run::end_connection const& what);
    proceeds act(run::macros const& what);
    proceeds act(run::capture const& what);
    proceeds act(run::fuzz const& what);
    proceeds act(run::only_expect const& what);
    proceeds act(run::open const& what);
    proceeds act(run::meet const& what);
    template <class Event>
    proceeds act(Event const&) {
        return await_event();
    }

    // what the MTA sends
    proceeds await_event();
    proceeds await_end(run::closed const& wanted);
    proceeds await_silence(run::nothing const& wanted);
    done serve_rest();
    boost::asio::awaitable<arrival> read(duration limit);
    static bool is_for_nobody(core::frame const& came);
    std::optional<std::string> missing_macro(core::command to);
    void keep(core::frame const& came);

    // what the filter says
    void begin_drop();
    done write(std::string frames);
    proceeds answer(core::frame const& came);
    done answer_unawaited(core::frame const& came, run::implied how, duration limit);
    bool is_unanswered(core::frame const& came) const;
    proceeds agree(std::string_view offer, run::negotiated const& said, duration limit);
    void close(std::string_view note);

    bool fail(run::failure_kind kind, std::string problem);
    bool fail_arrival(std::string const& wanted, arrival came, duration limit);
    std::string where_it_is() const;

    run::test const& test_;
    run::milter_stream stream_;
    run::frame_writer writer_;
    run::step const* current_ = nullptr;
    std::optional<std::size_t> drops_after_;
    core::option_set agreed_;
    bool has_agreed_ = false;
    bool is_tolerant_ = false;  ///< what it says is changed at random, so an MTA may do anything
    unsigned messages_ = 0;
    std::map<char, std::string> macros_;  ///< names and values that wait for the event of this letter
    std::vector<run::macros> wanted_macros_;
    std::vector<std::pair<std::string, std::string>> fields_;  ///< of the message
    std::string body_;
};

}  // namespace testmta::filter
