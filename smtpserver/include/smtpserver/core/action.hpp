#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "smtpserver/core/content.hpp"
#include "smtpserver/core/envelope.hpp"

namespace smtpserver {

using steady_time = std::chrono::steady_clock::time_point;

/// Why a transaction ended without a message.
enum class abandonment : std::uint8_t {
    reset,  ///< RSET
    hello,  ///< EHLO, HELO or LHLO
    quit,
    lost,  ///< the connection was lost
    timeout,
    refused,  ///< the session refused the message because of its bytes
    broken,   ///< the session ended the connection: too many errors, or a command that it cannot get over
};

/// The name and the password that AUTH brought.
struct credentials {
    std::string mechanism;      ///< "PLAIN" or "LOGIN"
    std::string authorization;  ///< as whom the user wants to act (RFC 4616 2); empty: as itself
    std::string user;
    std::string password;
};

/// What is known of a message when it is complete.
struct message_facts {
    std::uint64_t size = 0;  ///< bytes that were handed up
    content_faults faults;   ///< that `session_options::line_ends` let through
};

/// What a session wants next. Actions that hold views or references are valid until the next call of `next`.
namespace action {

/// Give it more bytes with `feed`, at most `room()`. Call `expired` if none came until then, `ended` if the
/// client has closed. All output has to be written before.
struct read {
    steady_time until;
};
/// Write the output before going on.
struct write {};
/// Write the output, and wait that long.
struct pause {
    std::chrono::milliseconds span;
};

// The application decides, with `answer`:

/// Is the client welcome? Any 2xx sends the greeting.
struct ask_connect {};
/// HELO, EHLO or LHLO with this name.
struct ask_hello {
    std::string_view name;
};
struct ask_mail {
    mail_arguments const& mail;
};
struct ask_rcpt {
    rcpt_arguments const& rcpt;
};
/// May the client send the message? Any 2xx does.
struct ask_data {};
/// The message is complete: its bytes were taken by `take_content`. `answer`, or `answer_each` for LMTP.
struct ask_message {
    message_facts facts;
};
/// Any 2xx means that it is that user.
struct ask_auth {
    smtpserver::credentials const& credentials;
};
struct ask_vrfy {
    std::string_view argument;
};
/// A line that is not a command. It is refused whatever the answer: a positive one leaves that to the
/// session.
struct ask_unknown {
    std::string_view line;
};

// It is told, and answers nothing:

/// A part of the message, which the session does not keep.
struct take_content {
    std::string_view octets;
};
/// What was taken of the message is void.
struct abandoned {
    abandonment why;
    smtpserver::envelope envelope;
};

/// Write the output, and begin the handshake. Call `secured` if it succeeds, `ended` if not.
struct start_tls {};
/// Write the output, and close the connection.
struct close {};

}  // namespace action

using any_action = std::variant<action::read, action::write, action::pause, action::ask_connect,
                                action::ask_hello, action::ask_mail, action::ask_rcpt, action::ask_data,
                                action::ask_message, action::ask_auth, action::ask_vrfy, action::ask_unknown,
                                action::take_content, action::abandoned, action::start_tls, action::close>;

}  // namespace smtpserver
