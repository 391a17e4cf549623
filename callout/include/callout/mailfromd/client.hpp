#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "callout/mailfromd/answer.hpp"
#include "callout/mailfromd/poll_stage.hpp"
#include "callout/mailfromd/question.hpp"

namespace callout {

/// The variables of an MFL filter that callout_open() passes on.
class callout_session_options {
public:
    callout_session_options() {}
    std::string sid = "local:";  ///< "<client-address>:<queue-id>", a label in the server's log
    bool transcript = false;
    core::starttls_mode starttls = core::starttls_mode::ondemand;
    std::string ehlo_domain;  ///< empty: the server's own
    /// One address or several, separated by commas; `<>` is allowed. Empty: the server's.
    std::string mailfrom_address;
};

}  // namespace callout

namespace callout::core {

/// The client's side of one connection of GNU Mailfromd's callout protocol, as its MFL library speaks it to
/// `calloutd`. Sans-IO: one call at a time; `take_output` has its bytes, and `feed` takes the server's until
/// it is no longer `busy`. After an error nothing more can be asked.
///
///     open    waits for OK; SID, SET TRANSCRIPT, SET STARTTLS; SET EHLO and SET MAILFROM where there are any
///     ask     VRFY "address" rest; RUN; waits for progress, and for OK id=status
///     quit    QUIT; what is answered does not matter
///
/// Nothing is sent before the greeting, nor before the last line of an answer.
class callout_client {
public:
    explicit callout_client(callout_session_options session) : session_(std::move(session)) {}

    void open();
    /// Says SET again, for a session that is used anew (Mailfromd's callout()).
    void set();
    /// Returns why an address or parameters cannot be said: a line end would begin a command of its own.
    [[nodiscard]] static std::optional<callout_error> objection(std::string_view email,
                                                                std::string_view rest);
    void ask(std::string_view email, std::string_view rest);
    void quit();

    void feed(std::string_view bytes);
    void end_of_input();
    [[nodiscard]] std::string take_output();

    bool busy() const noexcept { return !steps_.empty() && !error_; }
    std::optional<callout_error> const& error() const noexcept { return error_; }
    /// Returns the answer after `ask`.
    callout_answer const& answer() const noexcept { return answer_; }

    static constexpr std::size_t max_line = 64 * 1024;
    static constexpr std::size_t max_progress_lines = 10'000;  ///< of one command

private:
    enum class step { greeting, ok, vrfy, run, quit };
    struct exchange {
        step what;
        std::string line;
    };
    void say(step what, std::string line);
    void take(std::string_view line);
    void note_progress(std::string_view line);
    void conclude(std::string_view line);
    void next();
    void fail(callout_fault what, std::string_view text);

    callout_session_options session_;
    std::deque<exchange> steps_;  ///< the first one is under way
    std::string input_;
    std::string output_;
    std::string id_;  ///< of the last VRFY, without leading zeros; empty where the server gave none
    std::size_t progress_lines_ = 0;
    callout_answer answer_;
    std::optional<callout_error> error_;
};

/// Returns the word that a RUN's last line, such as `OK 1=success 2=not_found`, has for `id`. If `id` is
/// empty, the line must have a single word.
std::optional<std::string> word_of_id(std::string_view line, std::string_view id);

}  // namespace callout::core
