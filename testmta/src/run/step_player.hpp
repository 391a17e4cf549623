#pragma once

#include <boost/asio/awaitable.hpp>
#include <list>
#include <string>
#include <utility>
#include <vector>

#include "script/test.hpp"

namespace testmta::run {

/// Plays the steps of one connection, as the MTA or as the filter. What is played returns false when the
/// connection cannot go on.
class step_player {
public:
    using proceeds = boost::asio::awaitable<bool>;

    virtual proceeds play(step const& what) = 0;
    virtual proceeds play(together const& what) = 0;
    virtual bool has_agreed_to(negotiated const& what) const = 0;
    /// Lets the test fail at this statement.
    virtual bool fail_at(node const& where, std::string problem) = 0;

    /// Takes the steps of a line that was parsed just now, and keeps them as long as the connection.
    std::vector<step> const& keep(std::vector<step> steps) { return kept_.emplace_back(std::move(steps)); }

    text::variables captured;

protected:
    ~step_player() = default;

private:
    std::list<std::vector<step>> kept_;
};

}  // namespace testmta::run
