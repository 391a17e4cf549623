#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sending/header_completion.hpp"
#include "sending/line_ends.hpp"
#include "submission/batch.hpp"

namespace submission::sending {

/// Makes of a message's content what is sent, in pieces: line ends, and the headers that are missing. What
/// comes out is counted by SIZE and by `message_progress`, and needs no more than dots for DATA.
class preparation {
public:
    /// Borrows the message.
    explicit preparation(message const& what);

    void feed(std::string_view piece, std::string& into);
    void finish(std::string& into);

private:
    void complete(std::string_view text, std::string& into);

    bool is_binary_;
    line_ends ends_;
    std::optional<header_completion> headers_;
    std::string normalised_;
};

/// Doubles the dot at the beginning of each line (RFC 5321 4.5.2). Takes text whose lines end in CR LF.
class dot_stuffing {
public:
    void feed(std::string_view text, std::string& into);

private:
    bool at_line_start_ = true;
};

/// Counts what `preparation` makes of a content.
class measure {
public:
    explicit measure(message const& what) : made_of_(what) {}
    void feed(std::string_view piece);
    std::uint64_t finish();

private:
    preparation made_of_;
    std::string scratch_;
    std::uint64_t octets_ = 0;
};

}  // namespace submission::sending
