#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace smtpserver {

/// Whether a reply shows its enhanced status code (RFC 2034), and whether its reader knows UTF-8 (RFC 6531
/// 3.5).
struct reply_form {
    enum class status_codes : std::uint8_t { hidden, shown } codes = status_codes::shown;
    enum class charset : std::uint8_t { ascii, utf8 } text = charset::ascii;
};

/// A server's reply: a code, an enhanced status code, and a text of one or several lines. An application
/// makes one of a code alone, or of a code and a text.
///
/// Whatever the text contains, it is one reply on the wire: a line end in it begins another line of the same
/// reply, and a control byte becomes `?`.
class reply {
public:
    /// Takes a code of 200 to 599 and gives it its usual text. Any other code becomes 451 4.3.0, because an
    /// application that gives a code that SMTP does not have is at fault.
    template <std::same_as<int> Code>
    reply(Code code) : reply(code, std::string_view()) {}
    /// The same with a text, whose lines are separated by LF. A text may begin with an enhanced status code,
    /// such as "5.7.1 not here"; its class is made that of the code. A text without one gets the usual one.
    template <std::same_as<int> Code>
    reply(Code code, std::string_view text) : reply(made{}, code, text) {}
    template <std::convertible_to<std::string_view> Text>
    reply(std::pair<int, Text> const& both) : reply(both.first, std::string_view(both.second)) {}
    /// Returns a reply that has no enhanced status code: a greeting, an answer to EHLO, 334 or 354.
    [[nodiscard]] static reply without_status(int code, std::string_view text);
    /// Returns the reply for a fault of the application itself; it tells nothing about it.
    [[nodiscard]] static reply internal_error() {
        return {451, "4.3.0 Internal error, please try again later"};
    }

    int code() const noexcept { return code_; }
    /// Returns whether the command has succeeded: 2xx, and 3xx while more is to come.
    bool positive() const noexcept { return code_ < 400; }
    /// Returns whether an application may end a command with it: 2xx, 4xx or 5xx.
    bool is_final() const noexcept { return code_ < 300 || code_ >= 400; }
    /// Returns whether it has the usual text of its code, and not one of its own.
    bool is_usual() const noexcept { return is_usual_; }
    /// Returns such as "5.7.1"; empty if it has none.
    std::string status() const;
    /// Returns the text without codes, lines separated by LF.
    std::string const& text() const noexcept { return text_; }

    /// Has the server close the connection after this reply.
    reply&& then_close() && {
        closes_ = true;
        return std::move(*this);
    }
    /// Returns whether the connection ends after it: as `then_close` says, or because 421 and 521 say so.
    bool closes() const noexcept { return closes_ || code_ == 421 || code_ == 521; }

    /// Returns the bytes to send. A line has at most 512 bytes (RFC 5321 4.5.3.1.5), a longer one is broken;
    /// lines beyond `limits::reply_lines` are left out.
    std::string encode(reply_form form) const;

private:
    struct made {};
    reply(made, int code, std::string_view text);
    void take_text(std::string_view text);

    int code_;
    bool has_status_ = true;
    bool closes_ = false;
    bool is_usual_ = false;
    std::uint16_t subject_ = 0;
    std::uint16_t detail_ = 0;
    std::string text_;
};

}  // namespace smtpserver
