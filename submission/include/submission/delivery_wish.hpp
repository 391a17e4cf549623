#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "submission/error.hpp"

/// What a sender may ask of those who deliver: notifications (DSN, RFC 3461) and a time (DELIVERBY, RFC
/// 2852). Values that exist are valid, so that nothing else can reach a command.
namespace submission {

/// Returns text as xtext (RFC 3461 4): bytes outside `!`..`~`, `+` and `=` become `+` and two hexadecimal
/// digits.
std::string to_xtext(std::string_view text);

/// ENVID: what the sender calls the message.
class envelope_id {
public:
    /// Takes printable ASCII, at most 100 characters after encoding.
    [[nodiscard]] static result<envelope_id> make(std::string_view text);
    std::string const& xtext() const noexcept { return xtext_; }

private:
    explicit envelope_id(std::string xtext) : xtext_(std::move(xtext)) {}
    std::string xtext_;
};

/// ORCPT: the address that the sender wrote first, with its type.
class original_recipient {
public:
    /// Takes a type such as "rfc822" and an address; at most 500 characters after encoding.
    [[nodiscard]] static result<original_recipient> make(std::string_view type, std::string_view address);
    std::string const& text() const noexcept { return text_; }  ///< "rfc822;ann@example.org"

private:
    explicit original_recipient(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

/// When a notification is wanted.
enum class notification : std::uint8_t { never = 1, success = 2, failure = 4, delay = 8 };

/// NOTIFY: a set of notifications. An empty one says nothing, and the parameter is left out.
class notify_when {
public:
    notify_when() = default;
    /// `never` stands alone.
    [[nodiscard]] static result<notify_when> make(std::span<notification const> those);
    [[nodiscard]] static result<notify_when> make(std::initializer_list<notification> those) {
        return make(std::span<notification const>(those.begin(), those.size()));
    }
    bool empty() const noexcept { return bits_ == 0; }
    std::string text() const;  ///< "SUCCESS,FAILURE"

private:
    std::uint8_t bits_ = 0;
};

/// RET: how much of the message comes back with a notification of failure.
enum class returned : std::uint8_t { unspecified, full, headers };

/// What happens when a message cannot be delivered in time.
enum class late_mail : std::uint8_t {
    notify,  ///< the sender is told, and delivery goes on
    return_to_sender
};
enum class by_trace : std::uint8_t { no, yes };

/// BY: the time for a delivery.
class deliver_by {
public:
    /// Takes seconds of at most nine digits; with `return_to_sender` more than 0.
    [[nodiscard]] static result<deliver_by> make(std::int64_t seconds, late_mail then,
                                                 by_trace trace = by_trace::no);
    std::int64_t seconds() const noexcept { return seconds_; }
    late_mail then() const noexcept { return then_; }
    /// Returns the same with another time, which is brought within the bounds.
    deliver_by in(std::int64_t seconds) const noexcept;
    std::string text() const;  ///< "600;NT"

private:
    deliver_by(std::int64_t seconds, late_mail then, by_trace trace)
        : seconds_(seconds), then_(then), trace_(trace) {}
    std::int64_t seconds_;
    late_mail then_;
    by_trace trace_;
};

}  // namespace submission
