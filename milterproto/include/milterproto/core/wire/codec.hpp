#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "milterproto/core/error.hpp"
#include "milterproto/core/wire/message.hpp"

/// The only code that knows byte order and string ends. Encoders append a whole frame to `out`; decoders read
/// the payload of a frame and return views of it.
namespace milterproto::core {

/// Appends a length-prefixed frame of raw payload.
void append_frame(std::string& out, char letter, std::string_view payload = {});
/// Begin and end a frame whose payload is appended in between: what `begin_frame` returns is for `end_frame`.
std::size_t begin_frame(std::string& out, char letter);
void end_frame(std::string& out, std::size_t begun) noexcept;
/// Appends a frame whose payload is strings, each ended by a NUL.
void append_strings(std::string& out, char letter, std::initializer_list<std::string_view> strings);
void append_strings(std::string& out, char letter, std::vector<std::string_view> const& strings);

// from the MTA
void append_offer(std::string& out, option_set const& offer);
void append_connect(std::string& out, std::string_view hostname, core::family family, std::uint16_t port,
                    std::string_view address);
/// Appends macros of the command that follows: names and values in turn.
void append_macros(std::string& out, char for_command, std::vector<std::string_view> const& names_and_values);

// from the filter
void append_agreement(std::string& out, option_set const& agreed, std::vector<symbol_list> const& lists);
/// Appends SMFIR_INSHEADER or SMFIR_CHGHEADER: a number before the two strings.
void append_indexed_field(std::string& out, answer letter, std::uint32_t index, std::string_view name,
                          std::string_view value);
inline void append_answer(std::string& out, answer what) {
    append_frame(out, static_cast<char>(what));
}

/// Reads the first 12 bytes and ignores what follows them.
[[nodiscard]] result<option_set> decode_options(std::string_view payload) noexcept;
/// Reads the lists that follow an agreement's 12 bytes; what cannot be read is an error.
[[nodiscard]] result<std::vector<symbol_list>> decode_symbol_lists(std::string_view payload);
/// Reads who the client is; an error where the framing is broken or the family is not known.
[[nodiscard]] result<connect_payload> decode_connect(std::string_view payload) noexcept;
/// Reads strings that end in NUL into `strings`. Bytes after the last NUL are dropped, as libmilter does; no
/// string at all is an error.
[[nodiscard]] result<void> decode_strings(std::string_view payload, std::vector<std::string_view>& strings);
[[nodiscard]] result<std::vector<std::string_view>> decode_strings(std::string_view payload);
/// Reads exactly a name, which is not empty, and a value; nothing may follow them.
[[nodiscard]] result<std::pair<std::string_view, std::string_view>> decode_header(
    std::string_view payload) noexcept;
/// Returns the text up to the first NUL, or all of it (MP-091).
std::string_view decode_line(std::string_view payload) noexcept;
/// Takes the string up to the first NUL, and that NUL, off `rest`; returns nothing if there is no NUL.
std::optional<std::string_view> take_string(std::string_view& rest) noexcept;
/// Takes four bytes off `rest`; returns nothing if there are fewer.
std::optional<std::uint32_t> take_u32(std::string_view& rest) noexcept;
/// Compares ASCII letters without case, as field names and labels are compared.
bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept;
/// What `find_macro` finds in the strings after the letter of a macro frame. `name` also finds `{name}` if it
/// has one letter. A name without a value, the last of an odd number of strings, is there and has no value.
struct found_macro {
    bool is_there = false;
    std::optional<std::string_view> value;
};
found_macro find_macro(std::string_view pairs, std::string_view name) noexcept;

}  // namespace milterproto::core
