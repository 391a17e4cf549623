#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "in_process_session.hpp"
#include "known_macros.hpp"
#include "milterproto/rehearsal.hpp"
#include "smtp_progress.hpp"

namespace milterproto {

namespace detail {

/// What the MTA writes when it gives a command, without the macros before it.
struct packet {
    core::command what;
    std::string bytes;
};

}  // namespace detail

/// The MTA of a rehearsal: it says what a real MTA would say, at the same time, and reads the answers.
class rehearsal::played_mta {
public:
    played_mta(std::unique_ptr<filter> author, rehearsal_options const& options);
    played_mta(played_mta const&) = delete;
    ~played_mta() { session_->let_go(); }

    void negotiate();
    /// Sends a command with its macros, if it is to be sent now.
    rehearsal_answer say(detail::packet const& command);
    /// Sends a command that is not answered: abort, quit.
    void tell(core::command what);
    void vanish();

    detail::in_process_session& session() const { return *session_; }
    detail::known_macros& macros() { return macros_; }
    bool keeps_leading_space() const;
    void interrupt_next(core::command how, std::chrono::milliseconds after) {
        interruption_ = detail::answer_limit{after, how};
    }

private:
    rehearsal_answer give(detail::packet const& command);
    enum class verdict_is { there, missing };
    verdict_is read_packets(rehearsal_answer& into);
    detail::answer_limit limit_now() const {
        return interruption_.value_or(detail::answer_limit{answer_timeout_, core::command::quit});
    }

    std::shared_ptr<detail::in_process_session> session_;
    core::option_set offer_;
    std::chrono::milliseconds answer_timeout_;
    std::optional<detail::answer_limit> interruption_;  ///< what the test has set for the next command
    detail::known_macros macros_;
    detail::smtp_progress progress_;
};

}  // namespace milterproto
