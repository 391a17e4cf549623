#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "milterproto/core/filter/edits.hpp"

namespace milterproto {

/// What a filter changes in messages; the MTA is asked for these edits only (libmilter: xxfi_flags).
enum class edit : std::uint32_t {
    none = 0,
    add_header = core::action::add_headers,                  ///< add and insert (SMFIF_ADDHDRS)
    body = core::action::change_body,                        ///< SMFIF_CHGBODY
    add_recipient = core::action::add_recipients,            ///< SMFIF_ADDRCPT
    remove_recipient = core::action::delete_recipients,      ///< SMFIF_DELRCPT
    change_header = core::action::change_headers,            ///< change and remove (SMFIF_CHGHDRS)
    quarantine = core::action::quarantine,                   ///< SMFIF_QUARANTINE
    sender = core::action::change_sender,                    ///< SMFIF_CHGFROM
    recipient_arguments = core::action::add_recipient_args,  ///< SMFIF_ADDRCPT_PAR
};
constexpr edit operator|(edit a, edit b) {
    return edit(std::uint32_t(a) | std::uint32_t(b));
}
constexpr bool includes(edit set, edit one) {
    return (std::uint32_t(set) & std::uint32_t(one)) != 0;
}

using core::header_value;
using core::verbatim;

/// Where edits are written and sent from: the session, or a rehearsal in a test.
class edit_sink {
public:
    virtual core::edits& changes() = 0;
    /// Sends the MTA what was written so far, as far as that is possible without waiting.
    virtual void send_now() = 0;

protected:
    ~edit_sink() = default;
};

/// The changes that a filter may make, at the end of a message and nowhere else; its type names them:
///
///     task<message_verdict> on_eom(connection&, message<State>&,
///                                  eom_actions<edit::add_header | edit::body>&)
///
/// A call writes what it says and returns at once. It fails, and nothing is sent, as core::edits says: above
/// all with `errc::edit_not_agreed` where this MTA has no such edit and the filter runs without it
/// (server_options::missing). Success means "written": the protocol has no acknowledgement.
template <edit Allowed>
class eom_actions {
public:
    static constexpr edit allowed = Allowed;

    explicit eom_actions(edit_sink& sink) noexcept : sink_(&sink) {}
    eom_actions(eom_actions const&) = delete;

    /// libmilter: smfi_addheader. One blank stands before the value, unless it is `verbatim`. Postfix adds it
    /// at the end, Sendmail before the first of that name (peculiarity D16).
    [[nodiscard]] result<void> add_header(std::string_view name, header_value value) {
        static_assert(includes(Allowed, edit::add_header),
                      "milterproto: to add a header take eom_actions<edit::add_header>");
        return sink_->changes().add_header(name, value);
    }
    /// libmilter: smfi_insheader. Index 0 is the very top; a large one is the end.
    [[nodiscard]] result<void> insert_header(std::uint32_t index, std::string_view name, header_value value) {
        static_assert(includes(Allowed, edit::add_header),
                      "milterproto: to insert a header take eom_actions<edit::add_header>");
        return sink_->changes().insert_header(index, name, value);
    }
    /// libmilter: smfi_chgheader. Changes the nth header of that name, from 1; an empty value removes it.
    [[nodiscard]] result<void> change_header(std::string_view name, std::uint32_t nth, header_value value) {
        static_assert(includes(Allowed, edit::change_header),
                      "milterproto: to change a header take eom_actions<edit::change_header>");
        return sink_->changes().change_header(name, nth, value);
    }
    /// Removes the nth header of that name. Remove several from the highest nth down, because the MTAs count
    /// differently afterwards (peculiarity D18).
    [[nodiscard]] result<void> remove_header(std::string_view name, std::uint32_t nth) {
        static_assert(includes(Allowed, edit::change_header),
                      "milterproto: to remove a header take eom_actions<edit::change_header>");
        return sink_->changes().remove_header(name, nth);
    }
    /// libmilter: smfi_chgfrom. `arguments` as in MAIL, separated by blanks.
    [[nodiscard]] result<void> change_sender(std::string_view path, std::string_view arguments = {}) {
        static_assert(includes(Allowed, edit::sender),
                      "milterproto: to change the sender take eom_actions<edit::sender>");
        return sink_->changes().change_sender(path, arguments);
    }
    /// libmilter: smfi_addrcpt.
    [[nodiscard]] result<void> add_recipient(std::string_view path) {
        static_assert(includes(Allowed, edit::add_recipient),
                      "milterproto: to add a recipient take eom_actions<edit::add_recipient>");
        return sink_->changes().add_recipient(path);
    }
    /// libmilter: smfi_addrcpt_par. `arguments` as in RCPT, separated by blanks.
    [[nodiscard]] result<void> add_recipient(std::string_view path, std::string_view arguments) {
        static_assert(includes(Allowed, edit::recipient_arguments),
                      "milterproto: to add a recipient with arguments take "
                      "eom_actions<edit::recipient_arguments>");
        return sink_->changes().add_recipient(path, arguments);
    }
    /// libmilter: smfi_delrcpt. `path` is as on_rcpt saw it.
    [[nodiscard]] result<void> remove_recipient(std::string_view path) {
        static_assert(includes(Allowed, edit::remove_recipient),
                      "milterproto: to remove a recipient take eom_actions<edit::remove_recipient>");
        return sink_->changes().remove_recipient(path);
    }
    /// libmilter: smfi_replacebody. The first call discards the old body, each appends; lines end in CRLF.
    [[nodiscard]] result<void> replace_body(std::string_view bytes) {
        static_assert(includes(Allowed, edit::body),
                      "milterproto: to replace a body take eom_actions<edit::body>");
        return sink_->changes().replace_body(bytes);
    }
    /// libmilter: smfi_quarantine. The message is held if the verdict lets it pass.
    [[nodiscard]] result<void> quarantine(std::string_view reason) {
        static_assert(includes(Allowed, edit::quarantine),
                      "milterproto: to quarantine take eom_actions<edit::quarantine>");
        return sink_->changes().quarantine(reason);
    }
    /// libmilter: smfi_progress: "I am still at it". The library says so itself while on_eom is slow.
    [[nodiscard]] result<void> progress() {
        auto const written = sink_->changes().progress();
        sink_->send_now();
        return written;
    }

private:
    edit_sink* sink_;  ///< never null
};

}  // namespace milterproto
