#pragma once

#include <boost/asio/awaitable.hpp>
#include <exception>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "run/line_player.hpp"
#include "run/outcome.hpp"
#include "run/session_player.hpp"
#include "script/test.hpp"

namespace testmta::run {

/// Plays one test: its sessions, one after the other or side by side.
class test_player : private line_player {
public:
    test_player(boost::asio::any_io_executor executor, test const& what, milterproto::socket_spec filter);

    boost::asio::awaitable<void> play();
    /// Returns what has come of it so far.
    outcome result();
    /// Returns the session of that name, or null if none was begun.
    session_player const* find(std::string_view name) const;

private:
    proceeds play(on_session const& what, step_player& from) override;
    proceeds play(parallel const& what, step_player& from) override;
    boost::asio::awaitable<void> play_beside(on_session const& what, meeting_points& meetings);
    boost::asio::awaitable<void> finish_all();
    session_player& session(std::string const& name);

    boost::asio::any_io_executor executor_;
    test const& test_;
    milterproto::socket_spec filter_;
    std::map<std::string, std::unique_ptr<session_player>, std::less<>> sessions_;
    std::vector<session_player*> in_order_;
};

}  // namespace testmta::run
