#pragma once

#include <gtest/gtest.h>

#include <sstream>

#include "core/dialogue.hpp"

/// Conversations as text: `<` is the peer, `>` a write of ours and `>+` its next command, `*` and `!` what
/// happens, `=` the end.
namespace test {

using namespace callout;
using namespace callout::core;

/// What the peer says in a transcript: its lines, and how the connection fails when there are no more.
class script {
public:
    explicit script(std::string const& transcript) {
        std::istringstream lines(transcript);
        for (std::string line; std::getline(lines, line);) {
            if (line.starts_with("< ")) reader_.feed(line.substr(2) + "\r\n");
            if (line == "! closed") failure_ = errc::closed;
            if (line == "! timed out") failure_ = errc::timed_out;
            if (line == "* TLS") handshake_ = tls_session();
            if (line == "! bytes in clear follow the answer to STARTTLS") handshake_ = errc::bytes_before_tls;
        }
    }
    result<reply> next(reply_place where = reply_place::later) {
        auto const r = reader_.next(where);
        if (!r) return r.error();
        if (!*r) return failure_;
        return **r;
    }

    result<tls_session> const& handshake() const { return handshake_; }

private:
    reply_reader reader_;
    result<tls_session> handshake_ = errc::tls_handshake;
    errc failure_ = errc::cancelled;
};

inline void show(std::string& out, result<reply> const& answer) {
    if (!answer) {
        out += answer.error() == errc::closed ? "! closed\n" : "! " + answer.error().message() + '\n';
        return;
    }
    for (auto left = answer->lines.size(); auto const line : answer->lines) {
        out += "< " + std::to_string(answer->code) + (--left > 0 ? '-' : ' ') + std::string(line) + '\n';
    }
}

inline std::string shown_end(dialogue const& talk) {
    auto const& v = talk.outcome().answer;
    auto text = "= " + std::string(to_string(v.status)) + '/' + std::string(to_string(v.reason));
    if (v.strength == strength::weak) text += " weak";
    if (v.rejects_null) text += ", rejects <>";
    if (v.catch_all != known::unknown) text += ", catch-all " + std::string(to_string(v.catch_all));
    if (v.postmaster != known::unknown) text += ", postmaster " + std::string(to_string(v.postmaster));
    if (talk.outcome().traits.tls_broken) text += ", TLS broken";
    if (talk.outcome().traits.no_pipelining) text += ", no pipelining";
    if (talk.may_quit()) text += ", QUIT";
    auto const without_more = talk.again() && talk.again()->greet_by == verb::ehlo &&
                              talk.again()->sender == 0 && !talk.again()->in_clear &&
                              !talk.again()->one_by_one && !talk.again()->without_random;
    if (without_more) text += ", again";
    if (talk.again() && talk.again()->greet_by == verb::helo) text += ", again with HELO";
    if (talk.again() && talk.again()->sender > 0) text += ", again with the other sender";
    if (talk.again() && talk.again()->in_clear) text += ", again in clear";
    if (talk.again() && talk.again()->one_by_one) text += ", again one by one";
    if (talk.again() && talk.again()->without_random) text += ", again without random";
    return text + '\n';
}

inline dialogue_options asking(std::string recipient = "ann@example.org") {
    return dialogue_options("mail.example.net", std::move(recipient));
}
inline dialogue_options with_fallback() {
    auto o = asking();
    o.senders = {"", "verify@example.net"};
    return o;
}

/// Plays the peer's half of a transcript and writes down the whole: `>` begins a write, `>+` goes on with it.
inline std::string played(std::string const& transcript, dialogue_options options, opening how,
                          session& state) {
    script peer(transcript);
    dialogue talk(options, how, state);
    std::string out;
    for (auto next = talk.start(); !next.finished();) {
        if (next.what == action::kind::weigh) {
            out += "* TLS failed\n";
            next = talk.weighed(talk.proposed());
            continue;
        }
        if (next.what == action::kind::secure) {
            auto const& handshake = peer.handshake();
            out += handshake ? "* TLS\n" : "! " + handshake.error().message() + '\n';
            next = talk.secured(handshake);
            continue;
        }
        for (std::size_t i = 0; i < next.commands.size(); ++i)
            out += (i ? ">+ " : "> ") + std::string(next.commands[i].line()) + '\n';
        bool const greets = talk.awaited().where == stage::greeting;
        auto const answer = peer.next(greets ? reply_place::greeting : reply_place::later);
        show(out, answer);
        next = talk.resume(answer);
    }
    return out + shown_end(talk);
}
inline std::string played(std::string const& transcript, dialogue_options options = asking(),
                          opening how = opening()) {
    session fresh;
    return played(transcript, std::move(options), how, fresh);
}

inline opening by_helo() {
    opening how;
    how.greet_by = verb::helo;
    return how;
}

}  // namespace test

#define EXPECT_CONVERSATION(transcript, ...)                                    \
    do {                                                                        \
        std::string const expected = std::string(transcript).substr(1);         \
        EXPECT_EQ(test::played(expected __VA_OPT__(, ) __VA_ARGS__), expected); \
    } while (false)
