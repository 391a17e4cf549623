#pragma once

#include <optional>
#include <string_view>

namespace callout::core {

/// Where a reply was read or a fault happened. A set, so that a row of a table can name several.
enum class stage : unsigned {
    connect = 1,
    greeting = 2,
    ehlo = 4,  ///< and LHLO
    helo = 8,
    mail_null = 16,    ///< MAIL FROM:<>
    mail_sender = 32,  ///< MAIL with a sender of ours
    mail = mail_null | mail_sender,
    rcpt = 64,
    rset = 128,
    starttls = 256,  ///< the command and the handshake
    any = 511,
};
constexpr stage operator|(stage a, stage b) {
    return stage(unsigned(a) | unsigned(b));
}
constexpr bool covers(stage set, stage one) {
    return (unsigned(set) & unsigned(one)) != 0;
}

/// Returns the word for one stage: "rcpt", and "mail" whatever its sender. For a set that has no word it is
/// empty.
std::string_view to_string(stage) noexcept;
/// Returns the stage with that word, for records that come from outside.
std::optional<stage> stage_from(std::string_view word) noexcept;

/// What a RCPT asks about.
enum class probe { target, random, postmaster };

}  // namespace callout::core
