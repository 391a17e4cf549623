#include "milterproto/text_observer.hpp"

#include <errno.h>
#include <unistd.h>

#include <mutex>

#include "line_budget.hpp"
#include "printable.hpp"

namespace milterproto {

namespace {

/// The longest text of an author's exception in a line, in bytes.
constexpr std::size_t longest_text = 400;

std::string text_of(std::string_view what) {
    return detail::printable(what, longest_text);
}

/// Returns the connection's name in lines: the number finds the lines of one connection, the client finds the
/// MTA.
std::string name_of(milter_connection const& which) {
    auto const client = " from " + std::string(which.client) + " at " + std::string(which.listener);
    return which.number == 0 ? "a connection" + client
                             : "connection " + std::to_string(which.number) + client;
}

}  // namespace

class text_observer::state {
public:
    state(writer write, time_source now) : write_(std::move(write)), now_(std::move(now)) {}

    void tell(std::string const& line) {
        std::scoped_lock const hold(mutex_);
        auto const given = budget_.ask(now_());
        if (!given) return;
        if (given->left_out != 0) write_(std::to_string(given->left_out) + " lines were left out");
        write_(given->is_last ? line + " (what else happens within a minute is left out)" : line);
    }

private:
    std::mutex mutex_;
    writer write_;
    time_source now_;
    detail::line_budget budget_;
};

text_observer::text_observer(writer write, time_source now)
    : state_(std::make_unique<state>(std::move(write), std::move(now))) {}

text_observer::~text_observer() = default;

void text_observer::tell(std::string const& line) {
    state_->tell(line);
}

void text_observer::on_refused(milter_connection const& which, std::string_view why) {
    tell(name_of(which) + " was refused: " + text_of(why));
}

void text_observer::on_closed(milter_connection const& which, connection_end const& end) {
    if (end.dropped_macros != 0)
        tell(name_of(which) + " sent more macros than are kept; " + std::to_string(end.dropped_macros) +
             " were dropped");
    if (!end.is_fault()) return;
    auto line = name_of(which) + " was ended: " + end.cause.message();
    if (!end.said.empty()) line += "; it began with \"" + std::string(end.said) + '"';
    tell(line);
}

void text_observer::on_exception(milter_connection const& which, std::string_view callback,
                                 std::string_view what) {
    tell(name_of(which) + ": " + std::string(callback) + " threw an exception: " + text_of(what));
}

void text_observer::on_misplaced_verdict(milter_connection const& which, std::string_view callback) {
    tell(name_of(which) + ": " + std::string(callback) + " gave a verdict that has no effect there");
}

void text_observer::on_missing_macro(milter_connection const& which, macro_stage stage,
                                     std::string_view name) {
    tell(name_of(which) + ": " + explain_missing_macro(stage, name));
}

void text_observer::on_reply_in_ascii(milter_connection const& which, std::string_view callback,
                                      std::string_view text) {
    tell(name_of(which) + ": " + std::string(callback) + " gave a reply that its client cannot read: " +
         text_of(text) + " (letters beyond ASCII need a MAIL command with SMTPUTF8)");
}

void text_observer::on_accept_failing(std::string_view listener, boost::system::error_code why) {
    tell(std::string(listener) + ": no connection can be accepted: " + why.message());
}

void text_observer::on_accept_recovered(std::string_view listener) {
    tell(std::string(listener) + ": connections are accepted again");
}

void text_observer::on_hangup_failed(std::string_view what) {
    tell("on_hangup threw an exception: " + text_of(what));
}

void text_observer::on_listen_failed(std::string_view socket, std::string_view why) {
    tell("cannot listen on " + std::string(socket) + ": " + std::string(why));
}

void write_to_stderr(std::string_view line) {
    auto const text = std::string(program_invocation_short_name) + ": " + std::string(line) + '\n';
    // In one piece, so that the lines of several threads or programs do not mix.
    [[maybe_unused]] auto const written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace milterproto
