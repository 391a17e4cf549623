#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "milterproto/core/message.hpp"
#include "milterproto/error.hpp"

namespace milterproto {

/// What an SMTP client can read. Without SMTPUTF8 in its MAIL command that is ASCII alone (RFC 6531, 3.5).
enum class reply_charset { ascii, utf8 };

/// The SMTP reply that a filter has the MTA give (libmilter: smfi_setreply, smfi_setmlreply). Decision and
/// text are one value: no text of one callback can leak into the verdict of another.
class smtp_reply {
public:
    /// Makes a reply of `code`, 400 to 599, and of lines of `text`, separated by LF.
    ///
    /// `enhanced` is written as in RFC 3463 and has the code's class, such as "5.7.1". Where it is empty,
    /// each line may begin with an enhanced code of its own ("5.7.1 no"); a line without has that of the
    /// first line, or else "4.0.0" or "5.0.0". A code is never written twice.
    ///
    /// `errc::reply_malformed` where an MTA would refuse it: an enhanced code of another class, over 980
    /// octets a line, over 32 lines, a CR, a NUL or another control octet. `.value()` of that throws, and a
    /// callback that throws is a temporary failure.
    static result<smtp_reply> make(int code, std::string_view enhanced, std::string_view text);

    int code() const noexcept { return code_; }
    /// As the filter gave it, lines joined by CRLF.
    std::string const& text() const noexcept { return text_; }
    /// Will the client read all of the text?
    bool is_readable_in(reply_charset charset) const noexcept;
    /// Returns it as the MTA wants it. Each `%` is doubled, or Sendmail drops the reply and answers 554
    /// (peculiarity D19). One `?` stands for each character that the client cannot read.
    std::string wire(reply_charset charset = reply_charset::ascii) const;

private:
    smtp_reply(int code, std::string text) : code_(code), text_(std::move(text)) {}
    int code_;
    std::string text_;
};

/// Verdicts that only some stages have.
enum class also : unsigned { nothing = 0, discard = 1, skip = 2, discard_and_skip = 3 };
constexpr bool allows(also set, also one) {
    return (unsigned(set) & unsigned(one)) != 0;
}

inline constexpr struct proceed_t {
} proceed{};  ///< go on (SMFIS_CONTINUE)
inline constexpr struct accept_t {
} accept{};  ///< the message, or the connection, is no more my concern (SMFIS_ACCEPT)
inline constexpr struct reject_t {
} reject{};  ///< a permanent refusal in the MTA's words (SMFIS_REJECT)
inline constexpr struct tempfail_t {
} tempfail{};  ///< a temporary refusal in the MTA's words (SMFIS_TEMPFAIL)
inline constexpr struct discard_t {
} discard{};  ///< take it and throw it away (SMFIS_DISCARD)
inline constexpr struct skip_t {
} skip{};  ///< show me no more of this body (SMFIS_SKIP)

/// A verdict of any stage: what the session sends. Authors return a `verdict` of their stage, which becomes
/// one.
class any_verdict {
public:
    any_verdict(core::answer code) noexcept : code_(code) {}
    explicit any_verdict(smtp_reply reply)
        : code_(core::answer::reply_code), reply_(std::make_shared<smtp_reply const>(std::move(reply))) {}
    core::answer code() const noexcept { return code_; }
    /// Null for a verdict without words of its own.
    smtp_reply const* reply() const noexcept { return reply_.get(); }

private:
    core::answer code_;
    std::shared_ptr<smtp_reply const> reply_;  ///< seldom there, so it costs little where it is not
};

/// What a callback of one stage may return. A verdict that its stage does not have stops the build with the
/// reason.
template <also Extra>
class verdict : public any_verdict {
public:
    verdict(proceed_t) noexcept : any_verdict(core::answer::proceed) {}
    verdict(accept_t) noexcept : any_verdict(core::answer::accept) {}
    verdict(reject_t) noexcept : any_verdict(core::answer::reject) {}
    verdict(tempfail_t) noexcept : any_verdict(core::answer::tempfail) {}
    verdict(smtp_reply reply) : any_verdict(std::move(reply)) {}
    template <class Result>
        requires std::same_as<std::remove_cvref_t<Result>, result<smtp_reply>>
    verdict(Result&&) : any_verdict(core::answer::tempfail) {
        static_assert(sizeof(Result) == 0,
                      "milterproto: the reply may be malformed: look at the result, then return *result");
    }
    verdict(discard_t) noexcept : any_verdict(core::answer::discard) {
        static_assert(allows(Extra, also::discard),
                      "milterproto: only a message can be discarded: connect, helo and unknown commands have "
                      "no such verdict, and Sendmail would let all mail of the connection pass unfiltered");
    }
    verdict(skip_t) noexcept : any_verdict(core::answer::skip) {
        static_assert(allows(Extra, also::skip),
                      "milterproto: only the rest of a body can be skipped: return skip from on_body");
    }
};

using session_verdict = verdict<also::nothing>;        ///< connect, helo, unknown
using message_verdict = verdict<also::discard>;        ///< mail to end of headers, end of message
using body_verdict = verdict<also::discard_and_skip>;  ///< body

/// What comes of a negotiation: proceed as it was changed, or reject, which closes the connection.
class negotiate_verdict : public any_verdict {
public:
    negotiate_verdict(proceed_t) noexcept : any_verdict(core::answer::proceed) {}
    negotiate_verdict(reject_t) noexcept : any_verdict(core::answer::reject) {}
};

}  // namespace milterproto
