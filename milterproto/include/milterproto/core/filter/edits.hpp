#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "milterproto/core/error.hpp"
#include "milterproto/core/wire/header_value.hpp"
#include "milterproto/core/wire/message.hpp"

namespace milterproto::core {

/// The changes that a filter asks for at the end of a message, as frames. Each fails, and nothing is sent,
/// where it is not the end of a message (`errc::edit_misplaced`), where the MTA did not agree to such an edit
/// (`errc::edit_not_agreed`), where a word is empty or has a byte that cannot be sent
/// (`errc::edit_malformed`), where a CR or LF would begin another line (`errc::edit_line_end`), or where it
/// is longer than a frame may be (`errc::edit_too_long`).
///
/// A new body goes out after all other edits and in one piece, because Postfix takes an interrupted body, if
/// only by a sign of progress, for a fault of the filter (milter-protocol.md 7.7).
class edits {
public:
    /// libmilter: smfi_addheader. A value may be folded: CR LF, or LF, and then a blank or a tab.
    [[nodiscard]] result<void> add_header(std::string_view name, header_value value);
    /// libmilter: smfi_insheader. Index 0 is the very top. Above 1 the MTAs count differently
    /// (peculiarity D17).
    [[nodiscard]] result<void> insert_header(std::uint32_t index, std::string_view name, header_value value);
    /// libmilter: smfi_chgheader. Changes the nth header of that name, from 1. An empty value removes it.
    [[nodiscard]] result<void> change_header(std::string_view name, std::uint32_t nth, header_value value);
    /// Removes the nth header of that name. Remove several from the highest nth down: Postfix counts anew
    /// after each, Sendmail does not (peculiarity D18).
    [[nodiscard]] result<void> remove_header(std::string_view name, std::uint32_t nth);
    /// libmilter: smfi_chgfrom. `arguments` as in MAIL, separated by blanks.
    [[nodiscard]] result<void> change_sender(std::string_view path, std::string_view arguments = {});
    /// libmilter: smfi_addrcpt.
    [[nodiscard]] result<void> add_recipient(std::string_view path);
    /// libmilter: smfi_addrcpt_par. `arguments` as in RCPT, separated by blanks.
    [[nodiscard]] result<void> add_recipient(std::string_view path, std::string_view arguments);
    /// libmilter: smfi_delrcpt. `path` is as the RCPT event gave it.
    [[nodiscard]] result<void> remove_recipient(std::string_view path);
    /// libmilter: smfi_replacebody. Each call appends; one with nothing makes the body empty.
    [[nodiscard]] result<void> replace_body(std::string_view bytes);
    /// libmilter: smfi_quarantine. It is not a verdict: one follows.
    [[nodiscard]] result<void> quarantine(std::string_view reason);
    /// libmilter: smfi_progress. The library sends it itself while a callback is slow.
    [[nodiscard]] result<void> progress();

    // for the session
    /// Makes edits legal from here on; they go to `output`.
    void open(option_set const& agreed, std::size_t payload_limit, std::string& output) noexcept;
    /// Writes the new body, after the last edit and before the verdict.
    void close();
    bool is_open() const noexcept { return output_ != nullptr; }

private:
    result<void> check(std::uint32_t action) const noexcept;
    result<void> add_path(answer letter, std::uint32_t action, std::string_view path,
                          std::string_view arguments);
    result<void> add_field(answer letter, std::uint32_t action, std::uint32_t index, std::string_view name,
                           header_value value);

    std::string* output_ = nullptr;  ///< null while edits are not legal
    option_set agreed_;
    std::size_t payload_limit_ = 0;
    std::string body_;
    bool replaces_body_ = false;
};

}  // namespace milterproto::core
