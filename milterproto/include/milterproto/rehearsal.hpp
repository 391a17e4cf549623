#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "milterproto/filter.hpp"
#include "milterproto/handler.hpp"

namespace boost::asio {
class io_context;
}

/// Plays an MTA for an author's filter, in the author's own test: without socket, thread, MTA or a framework
/// for tests. The library itself answers, so that negotiation, misplaced verdicts, abort, close and edits are
/// as with a real MTA.
///
///     rehearsal mta(make_filter(my_filter()));
///     mta.connect("client.example.org", "192.0.2.1");
///     EXPECT_EQ(mta.mail("<a@example.org>"), "proceed");
///     EXPECT_EQ(mta.rcpt("<ghost@example.org>"), "550 5.1.1 No such recipient");
///     auto const end = mta.message("Subject: hello\n\nHello\n");
///     EXPECT_EQ(end, "proceed");
///     EXPECT_EQ(end.edits.at(0), "add_header X-Filtered-By: my_filter");
///
/// `rehearse` does the same as text. Link milterproto::testing.
namespace milterproto {

/// What an MTA offers a filter, and which macros it sends unless the filter asks for others. Change what you
/// like.
class mta_profile {
public:
    /// Postfix 3.7, by its milter_protocol: 2, 3, 4 or 6.
    static mta_profile postfix(std::uint32_t milter_protocol = 6);
    /// Sendmail 8.17.
    static mta_profile sendmail();

    core::option_set offer;
    /// By macro_stage, separated by blanks.
    std::array<std::string, core::macro_stages> macros;
    /// What a filter gets if it asks for no macros at a stage.
    enum class empty_list { none, default_macros } on_empty_list;

private:
    mta_profile(core::option_set const& offered, empty_list on_empty)
        : offer(offered), on_empty_list(on_empty) {}
};

class rehearsal_options {
public:
    rehearsal_options() {}
    rehearsal_options(mta_profile chosen) : mta(std::move(chosen)) {}
    mta_profile mta = mta_profile::postfix();
    missing_edits missing = missing_edits::refuse;
    /// How long the MTA waits for an answer before it gives up the filter.
    std::chrono::milliseconds answer_timeout{10'000};
    /// The loop that callbacks run on. Borrowed; null: the rehearsal's own, with a `virtual_time`. Give a
    /// loop where callbacks talk to real servers, so that real time passes while these answer.
    boost::asio::io_context* loop = nullptr;
};

/// One change that a filter had made at the end of a message, as it went over the wire.
class rehearsal_edit {
public:
    enum class kind {
        add_header,
        insert_header,
        change_header,
        remove_header,
        change_sender,
        add_recipient,
        remove_recipient,
        replace_body,
        quarantine,
    };

    kind what;
    std::uint32_t index = 0;  ///< of inserted, changed and removed headers
    std::string name;         ///< of a header, or the path of a sender or a recipient
    /// What stands after a header's colon in the message; ESMTP arguments; a whole body; a reason.
    std::string value;

    explicit rehearsal_edit(kind one) : what(one) {}
    /// Returns text such as `insert_header 0 X-Seen: yes`, `add_recipient <a@example.org> NOTIFY=NEVER`, or
    /// `replace_body Hello\r\n`, with escapes.
    std::string text() const;
    friend bool operator==(rehearsal_edit const& edit, std::string_view text) { return edit.text() == text; }
};
std::ostream& operator<<(std::ostream& out, rehearsal_edit const& edit);

/// What became of one command of the MTA.
class rehearsal_answer {
public:
    enum class kind {
        verdict,
        not_sent,    ///< by agreement, or because the filter has decided already
        unanswered,  ///< by agreement: the callback returns nothing
        too_late,    ///< the MTA did not wait any longer
        closed,      ///< the connection has ended, now or before
    };

    kind what = kind::verdict;
    core::answer code = core::answer::proceed;  ///< of a verdict
    std::string reply;                  ///< of a verdict with a text of its own, as the client gets it
    std::vector<rehearsal_edit> edits;  ///< at the end of a message
    std::size_t signs_of_progress = 0;
    bool was_shown = false;  ///< to the filter; otherwise the library has answered by itself
    std::string thrown;      ///< out of the callback

    /// Returns the MTA's word for the verdict: `proceed`, `accept`, `reject`, `tempfail`, `discard`, `skip`;
    /// or the SMTP reply; or one of `(not sent)`, `(no answer)`, `(too late)`, `(closed)`.
    std::string text() const;
    friend bool operator==(rehearsal_answer const& answer, std::string_view text) {
        return answer.text() == text;
    }
};
std::ostream& operator<<(std::ostream& out, rehearsal_answer const& answer);

/// One milter connection and its MTA. A command that no MTA would send at that point, such as a recipient
/// before any sender, is a fault of the test: std::logic_error. Steps may be left out; they do not come then,
/// as with an old MTA.
class rehearsal {
public:
    /// Negotiates at once.
    explicit rehearsal(std::unique_ptr<filter> author, rehearsal_options const& options = {});
    ~rehearsal();
    rehearsal(rehearsal const&) = delete;

    /// Returns what was agreed, with no actions and steps if the negotiation failed.
    core::option_set agreed() const;
    /// Returns which macros the filter asked for at that stage, if it did.
    std::optional<std::string> asked_macros(macro_stage stage) const;
    /// Returns whether the connection has ended.
    bool has_ended() const noexcept;
    /// Returns what callbacks threw so far, abort and close among them.
    std::vector<std::string> const& thrown() const noexcept;
    /// Returns how many verdicts had no effect, because their stage is not answered or does not have them.
    std::size_t misplaced_verdicts() const noexcept;
    /// Returns the executor of the callbacks that return a task.
    boost::asio::any_io_executor executor() const;

    /// Lets time pass between two commands, for `sleep_for` and `timer`, without waiting for it. (While a
    /// callback waits for them, time passes by itself.) A borrowed loop must have a `virtual_time`:
    /// std::logic_error otherwise.
    void advance(std::chrono::milliseconds time);
    /// Returns how much time has passed on the loop since the rehearsal began.
    std::chrono::nanoseconds elapsed() const;

    /// Lets the MTA know a macro from now on. It sends the macros of a stage with the commands of that stage.
    /// By itself it knows `j`, `{client_addr}`, `{client_name}`, `{client_port}`, `{mail_addr}` and
    /// `{rcpt_addr}`.
    void define(std::string name, std::string value);

    /// `address` is an IP address, `unix:/path`, or "unknown".
    rehearsal_answer connect(std::string_view hostname, std::string_view address, std::uint16_t port = 49152);
    rehearsal_answer helo(std::string_view name);
    rehearsal_answer mail(std::string_view path, std::vector<std::string_view> const& parameters = {});
    rehearsal_answer rcpt(std::string_view path, std::vector<std::string_view> const& parameters = {});
    rehearsal_answer data();
    /// `field` is `Name: value` as it stands in the message, with its line ends if it is folded.
    rehearsal_answer header(std::string_view field);
    rehearsal_answer end_of_headers();
    /// Sends chunks of the size that was agreed, until one is not answered by "proceed".
    rehearsal_answer body(std::string_view bytes);
    rehearsal_answer end_of_message();
    /// Sends all from data to the end of the message; stops at a verdict that ends it. Line ends become CRLF.
    rehearsal_answer message(std::string_view text);
    /// Sends a command that the MTA does not know.
    rehearsal_answer unknown(std::string_view line);

    /// Ends the transaction, as RSET does.
    void abort();
    void quit();
    /// Ends the SMTP connection and keeps the milter connection, for another client (QUIT_NC).
    void next_client();
    /// Ends the milter connection without QUIT.
    void vanish();

    /// The MTA aborts, or vanishes, if its next command is not answered in that time. The answer is then
    /// "(too late)".
    void abort_after(std::chrono::milliseconds time);
    void vanish_after(std::chrono::milliseconds time);

private:
    class played_mta;
    std::shared_ptr<played_mta> mta_;
};

/// Plays a conversation written as text and returns how it went, in the same form: all went as expected if
/// both are the same.
///
///     auto const script = R"(
///         > connect client.example.org 192.0.2.1
///         < proceed
///         > mail <a@example.org> SIZE=100
///         < proceed
///         > rcpt <ghost@example.org>
///         < 550 5.1.1 No such recipient
///         > eom
///         + add_header X-Filtered-By: my_filter
///         < proceed
///         > quit
///     )";
///     EXPECT_EQ(rehearse(make_filter(my_filter()), script), script);
///
/// A line that begins with `>` is a command of the MTA, `<` what it gets, `+` what it is to change, `!` what
/// a callback threw; all others, such as empty lines, stay as they are. Commands:
///
///     connect HOST ADDRESS [PORT]    helo NAME    mail PATH [PARAMETER...]    rcpt PATH [PARAMETER...]
///     data    header NAME: VALUE     eoh    body BYTES    eom    unknown LINE
///     abort   quit    next_client    vanish    abort_after MILLISECONDS    vanish_after MILLISECONDS
///     define MACRO VALUE     advance MILLISECONDS
///
/// Escapes in `header`, `body` and in what comes back: \r \n \t \0 \\ \xHH. A line that cannot be read is a
/// fault of the test: std::logic_error.
[[nodiscard]] std::string rehearse(std::unique_ptr<filter> author, std::string_view script,
                                   rehearsal_options const& options = {});

}  // namespace milterproto
