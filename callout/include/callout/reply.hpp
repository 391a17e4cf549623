#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "callout/doors/error.hpp"
#include "callout/line_buffer.hpp"
#include "callout/reply_lines.hpp"

namespace callout::core {

/// RFC 3463: class "." subject "." detail.
struct enhanced_code {
    std::uint8_t cls = 0;
    std::uint16_t subject = 0;
    std::uint16_t detail = 0;
    bool operator==(enhanced_code const&) const = default;
    std::string to_string() const;
};

/// Returns the triplet that begins a text, if one does: RFC 3463 2, without leading zeros, followed by a
/// space or nothing.
std::optional<enhanced_code> parse_enhanced_code(std::string_view text);

/// What was odd in a reply that could still be read (smtp-engine.md B.4).
enum class reply_oddity : unsigned {
    none = 0,
    bare_lf = 1,
    code_changes = 2,  ///< same first digit; the last line's code counts
    enhanced_mixed = 4,
    enhanced_class_mismatch = 8,
    enhanced_malformed = 16,
    control_bytes = 32,
    eight_bit = 64,
    enhanced_missing = 128,  ///< although ENHANCEDSTATUSCODES was offered; set by code that knows that
    teaser = 256,            ///< a greeting changes its first digit: the last line's code counts
    odd_number = 512,        ///< an EHLO keyword has a number that cannot be read; set by code that reads it
};
constexpr reply_oddity operator|(reply_oddity a, reply_oddity b) {
    return reply_oddity(unsigned(a) | unsigned(b));
}
constexpr bool includes(reply_oddity set, reply_oddity one) {
    return (unsigned(set) & unsigned(one)) != 0;
}

/// One complete SMTP reply. Lines are without code, separator and line end, as the peer sent them: clean them
/// (`printable`) before they reach a log, a terminal or another peer.
class reply {
public:
    reply() {}
    reply(unsigned code_, std::optional<enhanced_code> enhanced_, reply_lines lines_)
        : code(code_), enhanced(enhanced_), lines(std::move(lines_)) {}

    unsigned code = 0;  ///< 200..599
    std::optional<enhanced_code> enhanced;
    reply_lines lines;
    reply_oddity oddities = reply_oddity::none;

    bool positive() const noexcept { return code / 100 == 2; }
    bool transient() const noexcept { return code / 100 == 4; }
    bool permanent() const noexcept { return code / 100 == 5; }
    /// Returns "550 5.1.1 no such user", or "550-5.1.1 ..." where more lines follow; cleaned.
    std::string first_line() const;
    std::string text() const;  ///< every line with its code, joined by CRLF, cleaned
};

/// How much a peer may make us keep or read (daemon.md 3.2 `callout.max_reply_line`, `max_reply_lines`,
/// `max_session_bytes`). A reply beyond a bound is an error.
struct reply_limits {
    std::size_t line = 2048;
    std::size_t lines = 64;
    std::size_t kept_line = 512;  ///< bytes of one line that are kept; the rest is read and dropped
    std::size_t total = 65536;
};

/// Where a reply stands in a session.
enum class reply_place {
    greeting,  ///< the first; it may be a teaser: "220-" at once, and the code that counts seconds later
    later,
};

/// Reads replies from a byte stream, whatever its pieces. Sans-IO: bytes in, replies out.
class reply_reader {
public:
    explicit reply_reader(reply_limits limits = {}) : limits_(limits) {}

    /// Takes bytes of the peer, never more than `reply_limits::total` in all. Replies come out of `next` in
    /// order; after an error nothing more is read.
    void feed(std::string_view bytes);
    /// Returns a complete reply, or nothing yet, or the error that ends the connection.
    [[nodiscard]] result<std::optional<reply>> next(reply_place where = reply_place::later);
    /// Returns whether there are bytes after the last reply that was taken. After STARTTLS's 220 that ends
    /// the session.
    bool has_leftover() const noexcept { return !pending_.empty(); }
    /// Returns, after an error, the beginning of what could not be read, as it came; at most 128 bytes.
    std::string const& rejected() const noexcept { return rejected_; }

private:
    result<std::optional<std::string_view>> next_line();
    result<void> add(std::string_view line, reply_place where);
    result<std::optional<reply>> fail(boost::system::error_code why, std::string_view text);

    reply_limits limits_;
    line_buffer pending_;
    std::size_t total_ = 0;
    std::size_t lines_ = 0;  ///< of the open reply, including those skipped
    bool last_seen_ = false;
    bool bare_lf_ = false;
    bool overflow_ = false;
    reply open_;
    boost::system::error_code failed_;
    std::string rejected_;
};

/// Returns the text with `?` for each byte outside HT and 0x20..0x7e, so that no remote text can start a line
/// or steer a terminal.
std::string printable(std::string_view text);
/// Appends the same.
void append_printable(std::string& to, std::string_view text);

}  // namespace callout::core
