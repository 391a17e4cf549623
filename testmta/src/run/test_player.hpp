#pragma once

#include <boost/asio/awaitable.hpp>
#include <exception>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "run/outcome.hpp"
#include "run/session_player.hpp"
#include "script/test.hpp"

namespace testmta::run {

/// Plays one test: its sessions, one after the other or side by side.
class test_player {
public:
    test_player(boost::asio::any_io_executor executor, test const& what, milterproto::socket_spec filter);

    boost::asio::awaitable<void> play();
    /// Returns what has come of it so far.
    outcome result();
    /// Returns the session of that name, or null if none was begun.
    session_player const* find(std::string_view name) const;

private:
    using proceeds = session_player::proceeds;

    proceeds play(std::vector<node> const& lines, session_player& on);
    proceeds play(node const& line, session_player& on);
    proceeds play_late(node const& line, session_player& on);
    proceeds choose(node const& line, session_player& on);
    proceeds play_elsewhere(on_session const& what, session_player& from);
    proceeds play_side_by_side(parallel const& what, session_player& from);
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
