#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "smtpserver/message.hpp"

namespace smtpserver {

/// A header field. The value is unfolded, and in UTF-8: encoded words are decoded (RFC 2047).
struct header {
    std::string name;  ///< as it was written
    std::string value;
    bool operator==(header const&) const = default;
};

/// Returns the value of the first header of that name, in any case of letters.
std::optional<std::string_view> find_header(std::span<header const> all, std::string_view name);

/// One part of a message (RFC 2045).
class mime_part {
public:
    /// Returns such as "text/plain", in lower case.
    std::string const& type() const noexcept { return type_; }
    /// Returns a parameter of Content-Type, such as "charset".
    std::optional<std::string> parameter(std::string_view name) const;
    /// Returns the name of an attached file; empty if it has none.
    std::string const& file_name() const noexcept { return file_name_; }
    std::span<header const> headers() const noexcept { return headers_; }
    /// Returns the bytes without their transfer encoding; the charset is as it was. For a part that has
    /// parts, or that was not opened because of the limits, all its bytes as they are.
    std::string body() const;
    /// Returns the parts of a multipart, or the one of a message that is a part. (Pike: body_parts.)
    std::span<mime_part const> parts() const noexcept { return parts_; }

private:
    friend class parsed_message;
    class library;

    std::shared_ptr<library const> library_;
    std::string type_;
    std::string file_name_;
    std::vector<header> headers_;
    std::vector<mime_part> parts_;
};

/// The headers and the parts of a message, read by GMime when it is made. Its bytes are in memory as long as
/// it lives, and reading takes time in proportion to them: tens of milliseconds for a megabyte.
///
/// No message is an error. What is not MIME is one part, and so is a message that has more than
/// `most_boundaries` lines that could part it, or `most_header_lines`.
class parsed_message {
public:
    static constexpr std::size_t most_depth = 32;
    static constexpr std::size_t most_parts = 1000;
    static constexpr std::size_t most_boundaries = 20'000;
    static constexpr std::size_t most_header_lines = 10'000;

    explicit parsed_message(message const& what);
    explicit parsed_message(std::string bytes);

    /// Returns those of the message; those that begin with "Content-" come last. (Pike: headers.)
    std::span<header const> headers() const noexcept { return headers_; }
    std::optional<std::string_view> find(std::string_view name) const { return find_header(headers_, name); }
    /// Returns all that follows the headers, as one part or as a multipart.
    mime_part const& content() const noexcept { return content_; }
    /// Returns whether there are parts that were left out, or not opened, because of the limits.
    bool is_cut_short() const noexcept { return is_cut_short_; }

private:
    class reader;

    std::vector<header> headers_;
    mime_part content_;
    bool is_cut_short_ = false;
};

}  // namespace smtpserver
