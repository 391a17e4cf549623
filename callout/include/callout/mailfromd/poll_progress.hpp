#pragma once

#include <deque>
#include <functional>
#include <string>

#include "callout/events.hpp"
#include "callout/mailfromd/poll_stage.hpp"

namespace callout {

/// Reports a callout's events as the stages of GNU Mailfromd's protocol: for each host that was reached INIT,
/// GRTNG, HELO, SENT and RECV in this order, the last two naming the exchange that decided. A host that was
/// not reached says nothing, and neither does an answer from the cache.
class poll_progress final : public observer {
public:
    using tell = std::function<void(core::poll_stage stage, std::string_view text)>;
    explicit poll_progress(tell listener) : tell_(std::move(listener)) {}

    void on(any_event const& what, steady_time when) override;

    /// Reports what is left after `verify`. An asker that joined another's callout has seen no events: the
    /// poll stands in the answer.
    void conclude(verification const& verdict);

private:
    void note(event::connected const& e);
    void note(event::sent const& e);
    void note(event::received const& e);
    void note(event::reply_failed const& e);
    void note(event::session_done const& e);
    template <class Other>
    void note(Other const&) {}

    void answered(std::string first_line);
    void say(core::poll_stage stage, std::string_view text);
    void close_group();

    tell tell_;
    bool told_ = false;
    bool open_ = false;  ///< a host's group lacks its SENT and RECV
    poll now_;
    bool mail_refused_ = false;
    std::deque<std::string> outstanding_;  ///< commands without a reply; "" is the greeting
};

}  // namespace callout
