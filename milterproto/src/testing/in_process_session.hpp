#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "driver/filter_driver.hpp"
#include "milterproto/rehearsal.hpp"
#include "milterproto/virtual_time.hpp"

namespace milterproto::detail {

/// How long the MTA waits for an answer, and what it does when that time is over.
struct answer_limit {
    std::chrono::milliseconds time;
    core::command breaks_off_by;  ///< abort, or quit for an MTA that is gone
};

/// What happened to the filter while it dealt with what came.
class happening {
public:
    happening() {}
    bool was_shown = false;                      ///< an event that is answered; otherwise the library answers
    std::optional<core::command> broken_off_by;  ///< set if the MTA did not wait
    std::string thrown;                          ///< by the latest callback that threw
};

/// Obeys one filter_driver, as `session_loop` does on a socket, but is called with bytes. Callbacks that wait
/// run on a loop of its own or the test's; they keep the session alive.
class in_process_session final : public std::enable_shared_from_this<in_process_session>,
                                 private driver_shell {
public:
    in_process_session(std::unique_ptr<filter> author, rehearsal_options const& options);
    in_process_session(in_process_session const&) = delete;
    ~in_process_session();

    /// Deals with what the MTA writes. std::logic_error if a callback was cancelled and does not end.
    happening take(std::string_view bytes, answer_limit const& mta);
    /// Tells that the MTA is gone.
    void lose_peer(answer_limit const& mta);
    /// Returns what the filter answered since the last call.
    std::string take_output();

    core::agreement const& agreed() const { return driver_.machine().agreed(); }
    bool has_ended() const { return has_ended_; }
    /// Returns what callbacks threw so far.
    std::vector<std::string> const& thrown() const { return thrown_; }
    /// Returns how many verdicts so far had no effect at their stage.
    std::size_t misplaced_verdicts() const { return misplaced_verdicts_; }
    boost::asio::io_context& loop() { return loop_; }
    /// Lets time pass between two commands.
    void advance(std::chrono::milliseconds span);
    std::chrono::nanoseconds elapsed() const;
    /// Ends what waits on the session's own loop, which then does not keep the session alive any more. No
    /// call may follow.
    void let_go();

private:
    struct awaited;

    void advance(answer_limit const& mta);
    void await(answer_limit const& mta);
    static task<> keep(std::shared_ptr<in_process_session> self);
    bool wait_for(awaited const& callback, std::chrono::milliseconds time);
    bool pass_time(steady_time until);
    void break_off(core::command by);
    void feed(std::string_view bytes);

    void send_now() override {}
    void on_exception(core::filter_event const& at, std::string_view what) override;
    void on_misplaced_verdict(core::filter_event const&) override { ++misplaced_verdicts_; }

    std::chrono::milliseconds grace_;  ///< for a callback that was cancelled
    std::unique_ptr<boost::asio::io_context> own_loop_;
    boost::asio::io_context& loop_;
    std::optional<virtual_time> time_;  ///< empty: the system's
    steady_time begun_;
    filter_driver driver_;
    happening happening_;
    std::vector<std::string> thrown_;
    std::size_t misplaced_verdicts_ = 0;
    bool has_ended_ = false;
};

}  // namespace milterproto::detail
