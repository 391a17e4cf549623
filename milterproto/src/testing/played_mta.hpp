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
    std::string octets;
};

}  // namespace detail

/// The MTA of a rehearsal: it says what one would say, when one would, and reads the answers.
class rehearsal::played_mta {
public:
    played_mta(std::unique_ptr<filter> author, rehearsal_options const& options);
    played_mta(played_mta const&) = delete;
    ~played_mta() { session_->let_go(); }

    void negotiate();
    /// Sends a command with its macros, if it is to be sent now.
    rehearsal_answer say(detail::packet const& command);
    /// What is not answered: abort, quit.
    void tell(core::command what);
    void vanish();

    detail::in_process_session& session() const { return *session_; }
    detail::known_macros& macros() { return macros_; }
    bool keeps_leading_space() const;
    void interrupt_next(core::command how, std::chrono::milliseconds after) {
        interruption_ = detail::patience{after, how};
    }

private:
    rehearsal_answer give(detail::packet const& command);
    enum class verdict_is { there, missing };
    verdict_is read_packets(rehearsal_answer& into);
    detail::patience patience_now() const {
        return interruption_.value_or(detail::patience{patience_, core::command::quit});
    }

    std::shared_ptr<detail::in_process_session> session_;
    core::option_set offer_;
    std::chrono::milliseconds patience_;
    std::optional<detail::patience> interruption_;  ///< of the next command, by the test
    detail::known_macros macros_;
    detail::smtp_progress progress_;
};

}  // namespace milterproto
