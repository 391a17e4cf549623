#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "milterproto/core/error.hpp"
#include "milterproto/core/wire/message.hpp"

namespace milterproto {

/// What an SMTP client can read. Without SMTPUTF8 in its MAIL command that is ASCII alone (RFC 6531, 3.5).
enum class reply_charset { ascii, utf8 };

/// The SMTP reply that a filter has the MTA give (libmilter: smfi_setreply, smfi_setmlreply). Decision and
/// text are one value: no text of one callback can leak into the verdict of another.
class [[nodiscard]] smtp_reply {
public:
    /// Makes a reply of `code`, 400 to 599, and of lines of `text`, separated by LF.
    ///
    /// `enhanced` is written as in RFC 3463 and has the code's class, such as "5.7.1". Where it is empty,
    /// each line may begin with an enhanced code of its own ("5.7.1 no"); a line without one gets that of the
    /// first line, or else "4.0.0" or "5.0.0". A code is never written twice.
    ///
    /// Fails with `errc::reply_malformed` if an MTA would refuse it: an enhanced code of another class, over
    /// 980 bytes a line, over 32 lines, a CR, a NUL or another control byte. `.value()` then throws, and a
    /// callback that throws is a temporary failure.
    [[nodiscard]] static result<smtp_reply> make(int code, std::string_view enhanced, std::string_view text);

    int code() const noexcept { return code_; }
    /// Returns the text as the filter gave it, lines joined by CRLF.
    std::string const& text() const noexcept { return text_; }
    /// Returns whether the client can read all of the text.
    bool is_readable_in(reply_charset charset) const noexcept;
    /// Returns the text as the MTA wants it. Each `%` is doubled, because Sendmail would drop the reply and
    /// answer 554 (peculiarity D19). One `?` stands for each character that the client cannot read.
    std::string wire(reply_charset charset = reply_charset::ascii) const;

private:
    smtp_reply(int code, std::string text) : code_(code), text_(std::move(text)) {}
    int code_;
    std::string text_;
};

/// Where verdicts are given. Each scope has the verdicts of the scopes before it, and one or two of its own.
enum class verdict_scope { negotiation, session, message, body };

/// A verdict without a text, and the first scope that has it. Words of different scopes have a type in
/// common, that of the later scope, so that `is_spam ? reject : proceed` compiles.
template <verdict_scope Scope>
class [[nodiscard]] verdict_word {
public:
    explicit constexpr verdict_word(core::answer code) noexcept : code_(code) {}
    template <verdict_scope Earlier>
        requires(Earlier < Scope)
    constexpr verdict_word(verdict_word<Earlier> word) noexcept : code_(word.code()) {}
    constexpr core::answer code() const noexcept { return code_; }

private:
    core::answer code_;
};

/// Go on (SMFIS_CONTINUE).
inline constexpr verdict_word<verdict_scope::negotiation> proceed{core::answer::proceed};
/// A permanent refusal in the MTA's words (SMFIS_REJECT).
inline constexpr verdict_word<verdict_scope::negotiation> reject{core::answer::reject};
/// A temporary refusal in the MTA's words (SMFIS_TEMPFAIL).
inline constexpr verdict_word<verdict_scope::session> tempfail{core::answer::tempfail};
/// The message, or the connection, does not concern this filter any more (SMFIS_ACCEPT). It is not named
/// `accept`, because that is a function of <sys/socket.h>.
inline constexpr verdict_word<verdict_scope::session> accept_now{core::answer::accept};
/// Take the message and throw it away (SMFIS_DISCARD).
inline constexpr verdict_word<verdict_scope::message> discard{core::answer::discard};
/// Show no more of this body (SMFIS_SKIP).
inline constexpr verdict_word<verdict_scope::body> skip{core::answer::skip};

/// A verdict of any stage: what the session sends. Authors return a `verdict` of their stage, which converts
/// to it.
class [[nodiscard]] any_verdict {
public:
    any_verdict(core::answer code) noexcept : code_(code) {}
    explicit any_verdict(smtp_reply reply)
        : code_(core::answer::reply_code), reply_(std::make_shared<smtp_reply const>(std::move(reply))) {}
    core::answer code() const noexcept { return code_; }
    /// Returns null for a verdict without a text of its own.
    smtp_reply const* reply() const noexcept { return reply_.get(); }

private:
    core::answer code_;
    std::shared_ptr<smtp_reply const> reply_;  ///< rarely set, so it is kept small where it is null
};

/// What a callback of one stage may return. A verdict that its stage does not have stops the build with the
/// reason.
template <verdict_scope Stage>
class [[nodiscard]] verdict : public any_verdict {
public:
    template <verdict_scope Word>
    verdict(verdict_word<Word> word) noexcept : any_verdict(word.code()) {
        static_assert(Word != verdict_scope::body || Stage == verdict_scope::body,
                      "milterproto: only the rest of a body can be skipped: return skip from on_body");
        static_assert(Word != verdict_scope::message || Stage >= verdict_scope::message,
                      "milterproto: only a message can be discarded: connect, helo and unknown commands have "
                      "no such verdict, and Sendmail would let all mail of the connection pass unfiltered");
        static_assert(
            Word != verdict_scope::session || Stage >= verdict_scope::session,
            "milterproto: a negotiation ends in proceed, or in reject, which closes the connection");
    }
    verdict(smtp_reply reply) : any_verdict(std::move(reply)) {
        static_assert(Stage != verdict_scope::negotiation,
                      "milterproto: nobody hears a reply in a negotiation: return proceed or reject");
    }
    template <class Result>
        requires std::same_as<std::remove_cvref_t<Result>, result<smtp_reply>>
    verdict(Result&&) : any_verdict(core::answer::tempfail) {
        static_assert(sizeof(Result) == 0,
                      "milterproto: the reply may be malformed: look at the result, then return *result");
    }
};

using session_verdict = verdict<verdict_scope::session>;  ///< connect, helo, unknown
using message_verdict = verdict<verdict_scope::message>;  ///< mail to end of headers, end of message
using body_verdict = verdict<verdict_scope::body>;        ///< body
/// What comes of a negotiation: proceed as it was changed, or reject, which closes the connection.
using negotiate_verdict = verdict<verdict_scope::negotiation>;

}  // namespace milterproto
