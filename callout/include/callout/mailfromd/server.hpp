#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "callout/line_buffer.hpp"
#include "callout/mailfromd/poll_stage.hpp"
#include "callout/mailfromd/question.hpp"
#include "callout/verification.hpp"

namespace callout::core {

class callout_server_options {
public:
    callout_server_options() {}
    std::size_t max_line = 4 * 1024;  ///< bytes, without the line end
    std::size_t max_queue = 100;      ///< addresses before RUN
    /// HOST lets a client choose which host we connect to.
    bool allow_host = true;
    // what GET shows in a session that SET nothing
    std::string ehlo;
    std::string mail_from;
    starttls_mode starttls = starttls_mode::ondemand;
};

/// The server's side of one connection of GNU Mailfromd's callout protocol, the one that `calloutd` speaks,
/// so that `callout-url` of an MFL filter may name us. Sans-IO: bytes and answers in, bytes and questions
/// out.
///
///     feed -> output                SID SET GET TIMEOUT VRFY DROP QUIT are answered at once
///     feed -> take_run              RUN: what was queued is to be verified, all of it at the same time
///     progress, answer -> output    and after the last answer, the line that lists all
///
/// Commands that arrive during a RUN are carried out after it, in their order. Memory is bounded: feed no
/// more bytes than there is `room` for, and close when a client that does not read makes it `overwhelmed`.
///
/// It differs from calloutd 8.15 where calloutd is wrong: a RUN lists only what was queued since the last
/// one, a control character is refused wherever it stands, a bad SET ends no session, and every reply ends in
/// CR LF.
class callout_server {
public:
    /// Begins with the greeting in `output`.
    explicit callout_server(callout_server_options options);

    /// Returns how many bytes `feed` takes now; 0 while the client has to wait.
    std::size_t room() const noexcept;
    void feed(std::string_view bytes);
    /// Tells that the client says no more. What it has said is still answered.
    void end_of_input();

    /// Returns what is to be sent; `written` says how much of it was.
    std::string_view output() const noexcept { return output_; }
    void written(std::size_t bytes);

    /// Returns the questions of a RUN, once; empty if there is none to begin.
    [[nodiscard]] std::vector<callout_question> take_run();
    /// Adds a line about an address under way: `* id STAGE text`.
    void progress(std::uint32_t id, poll_stage stage, std::string_view text);
    void answer(std::uint32_t id, verification const& found);

    /// Returns whether nothing more will come: close when `output` is sent.
    bool finished() const noexcept;
    /// Returns whether the client does not read what it asked for: close now.
    bool overwhelmed() const noexcept { return output_.size() > max_output; }

    /// Returns whether addresses are under way.
    bool runs() const noexcept { return runs_; }

    /// Returns the addresses that no server has judged yet, for another try when the client is gone: those
    /// that a RUN could not settle, and those under way. DROP removes one.
    std::vector<callout_question> unfinished() const;

    std::string const& sid() const noexcept { return sid_; }
    bool wants_transcript() const noexcept { return transcript_; }

    struct counts {
        std::uint64_t ok = 0;
        std::uint64_t no = 0;
    };
    counts const& commands() const noexcept { return commands_; }

    static constexpr std::size_t max_output = 1024 * 1024;  ///< bytes that a client leaves unread
    static constexpr std::size_t max_text = 512;            ///< bytes in a progress line (RFC 5321 4.5.3.1.5)

private:
    using words = std::span<std::string const>;
    struct verb;
    static std::span<verb const> verbs();

    void advance();
    std::optional<std::string_view> next_line();
    std::nullopt_t hang_up();
    void obey(std::string_view line);
    void on_sid(words arguments);
    void on_set(words arguments);
    void on_get(words arguments);
    void on_timeout(words arguments);
    void on_vrfy(words arguments);
    void on_run(words arguments);
    void on_drop(words arguments);
    void on_quit(words arguments);
    std::optional<std::string> assign(std::string const& word);
    std::optional<std::string> value_of(std::string_view name) const;
    void ok(std::string_view text = {});
    void no(std::string_view text);
    void say(std::string_view line);
    void end_run();

    callout_server_options options_;
    line_buffer input_;
    std::string output_;
    bool skips_line_ = false;  ///< the rest of a line that was too long
    bool ended_ = false;       ///< no more input
    bool closing_ = false;     ///< after QUIT

    std::string sid_;
    callout_parameters session_;
    std::optional<timeout_seconds> timeouts_;
    bool transcript_ = false;

    std::uint32_t next_id_ = 0;
    std::map<std::uint32_t, callout_question> queue_;
    std::map<std::uint32_t, callout_question> under_way_;
    std::map<std::uint32_t, callout_question> unsettled_;
    std::map<std::uint32_t, std::string_view> results_;
    bool runs_ = false;
    bool run_taken_ = false;
    counts commands_;
};

}  // namespace callout::core
