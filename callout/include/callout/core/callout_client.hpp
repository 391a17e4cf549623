#pragma once

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>
#include <cstdint>
#include <deque>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "callout/core/callout_question.hpp"
#include "callout/core/poll_stage.hpp"
#include "callout/verification.hpp"

namespace callout {

/// The results of callout() and callout_do(), with the numbers of GNU Mailfromd's module `status`.
enum class callout_status { success = 0, e_not_found = 1, e_failure = 2, e_temp_failure = 3 };
std::string_view to_string(callout_status) noexcept;
/// Of one of the protocol's five words; `timeout` is e_temp_failure. Nothing for any other word.
std::optional<callout_status> status_of_word(std::string_view word) noexcept;

/// What goes wrong between us and a callout server, in the names of Mailfromd's exceptions.
enum class callout_fault {
    e_callout_proto,  ///< the other side speaks something else
    e_eof,            ///< it hung up
    e_failure,        ///< there is no connection
    e_range,          ///< a URL of a scheme that is unknown, or a value that no command may carry
    e_timeout,        ///< it did not answer in time; Mailfromd has no such thing
};
std::string_view to_string(callout_fault) noexcept;

class callout_error {
public:
    callout_error() {}
    callout_error(callout_fault what_, std::string text_) : what(what_), text(std::move(text_)) {}
    callout_fault what = callout_fault::e_failure;
    std::string text;  ///< of e_callout_proto, the line that was not understood
};
[[noreturn]] inline void throw_exception_from_error(callout_error const& e, boost::source_location const&) {
    throw std::runtime_error(std::string(to_string(e.what)) + ": " + e.text);
}
template <class T>
using callout_result = boost::system::result<T, callout_error>;

/// What came of one question. Its details are its own: two callers never see each other's.
class callout_answer {
public:
    callout_answer() {}
    callout_status status = callout_status::success;
    std::string word = "success";  ///< the server's
    /// last_poll_host, last_poll_greeting, last_poll_helo, last_poll_sent and last_poll_recv; empty where the
    /// answer came without.
    callout::poll last_poll;
    /// Mailfromd's: there was no word of any server in the answer.
    bool cache_used = false;
};

/// The variables of an MFL filter that callout_open() passes on.
class callout_session_options {
public:
    callout_session_options() {}
    std::string sid = "local:";  ///< "<client-address>:<queue-id>", a label in the server's log
    bool transcript = false;
    core::starttls_mode starttls = core::starttls_mode::ondemand;
    std::string ehlo_domain;  ///< empty: the server's own
    std::string
        mailfrom_address;  ///< an address or several with commas, `<>` among them; empty: the server's
};

}  // namespace callout

namespace callout::core {

/// The client's side of one connection of GNU Mailfromd's callout protocol, as its MFL library speaks it to
/// `calloutd`. Sans-IO: one call at a time, its octets in `take_output`, and the server's by `feed` until it
/// is no longer `busy`. After an error nothing more can be asked.
///
///     open        OK...  ->  SID, SET TRANSCRIPT, SET STARTTLS, and SET EHLO and SET MAILFROM if there are
///     any ask         VRFY "address" rest  ->  RUN  ->  progress, OK id=status quit        QUIT, and what is
///     answered does not matter
///
/// Nothing is sent before the greeting, nor before the last line of an answer.
class callout_client {
public:
    explicit callout_client(callout_session_options session) : session_(std::move(session)) {}

    void open();
    /// SET again, for a session that is used anew (Mailfromd's callout()).
    void set();
    /// Why an address or parameters cannot be said: a line end would begin a command of its own.
    static std::optional<callout_error> objection(std::string_view email, std::string_view rest);
    void ask(std::string_view email, std::string_view rest);
    void quit();

    void feed(std::string_view octets);
    void end_of_input();
    std::string take_output();

    bool busy() const noexcept { return !steps_.empty() && !error_; }
    std::optional<callout_error> const& error() const noexcept { return error_; }
    /// After `ask`.
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
    std::deque<exchange> steps_;  ///< the first is under way
    std::string input_;
    std::string output_;
    std::string id_;  ///< of the last VRFY, without leading zeros; empty where the server gave none
    std::size_t progress_lines_ = 0;
    callout_answer answer_;
    std::optional<callout_error> error_;
};

/// What stands behind the number of a RUN's last line: `OK 1=success 2=not_found`. The own id's word; without
/// an own id, that of a single one.
std::optional<std::string> word_of_id(std::string_view line, std::string_view id);

}  // namespace callout::core
