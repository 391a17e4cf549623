#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "smtpserver/callback.hpp"
#include "smtpserver/core/action.hpp"
#include "smtpserver/core/connection.hpp"
#include "smtpserver/core/envelope.hpp"
#include "smtpserver/core/reply.hpp"
#include "smtpserver/message.hpp"

namespace smtpserver {

/// What `on_message` decides: one reply for all recipients, or one for each, in their order. The second is
/// heard in LMTP; in SMTP, which has one reply for all, the first that accepts is sent, or else the first.
class message_answer {
public:
    template <class Given>
        requires(std::convertible_to<Given, reply>)
    message_answer(Given&& given) : all_{reply(std::forward<Given>(given))} {}
    message_answer(std::vector<reply> each) : all_(std::move(each)), is_for_each_(true) {}

    bool is_for_each() const noexcept { return is_for_each_; }
    std::vector<reply> take() && { return std::move(all_); }

private:
    std::vector<reply> all_;
    bool is_for_each_ = false;
};

/// What an application decides; each may be left out. A callback gives a code, or a code and a text. If it
/// throws, the client hears 451 4.3.0 and nothing of the exception. Callbacks of one connection never
/// overlap; those of different connections may, where they are coroutines. References are valid until the
/// callback, or its task, has ended.
class callbacks {
public:
    callbacks() {}

    /// Each MAIL that is in order. (Pike: cb_mailfrom.)
    callback<reply, connection const&, mail_arguments const&> on_mail;
    /// Each RCPT that is in order and may be relayed. (Pike: cb_rcptto.)
    callback<reply, connection const&, mail_arguments const&, rcpt_arguments const&> on_rcpt;
    /// Each complete message. A positive answer takes it over. (Pike: cb_data.)
    callback<message_answer, connection const&, message const&> on_message;

    /// Each client, before the greeting. After a refusal it may only say QUIT (RFC 5321 3.1), or the
    /// connection ends if the reply says so.
    callback<reply, connection const&> on_connect;
    /// HELO, EHLO or LHLO with this name.
    callback<reply, connection const&, std::string_view> on_hello;
    /// DATA, before the message is sent.
    callback<reply, connection const&, envelope const&> on_data;
    /// AUTH: any 2xx means that the client is this user, 535 that it is not. Without this callback AUTH is
    /// not offered.
    callback<reply, connection const&, credentials const&> on_auth;
    callback<reply, connection const&, std::string_view> on_vrfy;
    /// A line that is not a command. It is refused in any case, with 500 if the answer is positive.
    callback<reply, connection const&, std::string_view> on_unknown;
    /// A transaction has ended without a message.
    callback<void, connection const&, envelope const&, abandonment> on_abort;
};

}  // namespace smtpserver
