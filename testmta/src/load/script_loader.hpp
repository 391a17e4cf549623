#pragma once

#include <boost/asio/awaitable.hpp>

#include "load/crew.hpp"
#include "load/pace.hpp"
#include "run/outcome.hpp"
#include "run/suite_player.hpp"

namespace testmta::load {

/// One place of a load by a script: plays one test after the other, each in sessions of its own, with all
/// that the test expects. A test counts as a message.
class script_loader {
public:
    script_loader(boost::asio::any_io_executor executor, crew& with, run::script const& what,
                  std::size_t connection);

    boost::asio::awaitable<void> run();

private:
    boost::asio::awaitable<void> play(moment start, std::uint64_t message);
    void count(run::test const& what, run::outcome const& how);
    void add_failure(run::test const& what, run::session_result const& in);

    boost::asio::any_io_executor executor_;
    crew& with_;
    run::script const& script_;
    pace pace_;
    std::size_t connection_;
};

}  // namespace testmta::load
