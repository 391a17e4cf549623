#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "milterproto/core/mta/mta_dialect.hpp"
#include "milterproto/core/wire/message.hpp"

/// Writes the frames whose content depends on the MTA or on what was agreed; each is appended to `out`.
namespace milterproto::core {

/// A header field of a stored message. The value is what stands after the colon: " hello" in "Subject:
/// hello"; folded lines are separated by LF or CRLF.
struct header_view {
    std::string_view name;
    std::string_view value;
};

/// Appends the client. A hostname "unknown" becomes the address in brackets where the dialect does so.
void append_client(std::string& out, spelling_rules const& spelling, connect_payload const& client);

enum class leading_space { is_eaten, is_kept };

/// Appends a header. One blank after the colon is left out unless leading space was agreed; a tab is always
/// kept (MP-094, MP-095).
void append_header(std::string& out, header_view field, leading_space first);

/// Cuts a stored body into chunks. Each but the last is full (MP-097), and a bare LF becomes CRLF (MP-098),
/// which the end of a chunk may split.
class body_cutter {
public:
    body_cutter() {}
    explicit body_cutter(std::string_view body) noexcept : rest_(body) {}

    bool is_done() const noexcept { return rest_.empty() && !owes_lf_; }
    /// Appends the next chunk, of at most `limit` bytes, as a frame.
    void append_chunk(std::string& out, std::size_t limit);

private:
    std::string_view rest_;
    char before_ = '\0';    ///< the byte before the rest
    bool owes_lf_ = false;  ///< a chunk ended inside a CRLF that was made here
};

}  // namespace milterproto::core
