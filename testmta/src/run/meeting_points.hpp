#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace testmta::run {

/// Where sessions that run in parallel wait for each other (testmta.md 7). A label may be used again: each
/// session's second arrival is for the second meeting.
class meeting_points {
public:
    using duration = std::chrono::microseconds;

    meeting_points(boost::asio::any_io_executor executor, std::set<std::string> sessions);

    /// Waits until so many sessions have come, 0 being all of them. Returns what is wrong if they do not come
    /// within the limit, or no longer can.
    boost::asio::awaitable<std::optional<std::string>> arrive(std::string label, std::string who,
                                                              std::size_t count, duration limit);
    /// The session has ended.
    void leave(std::string const& who);

private:
    struct meeting {
        std::set<std::string> here;
        std::size_t wanted = 0;
        bool is_over = false;
        std::vector<boost::asio::steady_timer*> waiting;
    };
    bool is_hopeless(meeting const& one) const;
    std::string missing(meeting const& one) const;
    static void wake(meeting& one);

    boost::asio::any_io_executor executor_;
    std::set<std::string> sessions_;
    std::set<std::string> gone_;
    std::map<std::string, meeting> meetings_;
    std::map<std::pair<std::string, std::string>, unsigned> arrivals_;
};

}  // namespace testmta::run
