#include "received_edit.hpp"

#include <optional>

#include "milterproto/core/mta/modification.hpp"

namespace milterproto::detail {

namespace {

std::optional<rehearsal_edit::kind> kind_of(core::modification const& change) {
    using kind = rehearsal_edit::kind;
    switch (change.what) {
        case core::answer::add_header: return kind::add_header;
        case core::answer::insert_header: return kind::insert_header;
        case core::answer::change_header:
            return change.value.empty() ? kind::remove_header : kind::change_header;
        case core::answer::change_sender: return kind::change_sender;
        case core::answer::add_recipient:
        case core::answer::add_recipient_args: return kind::add_recipient;
        case core::answer::delete_recipient: return kind::remove_recipient;
        case core::answer::replace_body: return kind::replace_body;
        case core::answer::quarantine: return kind::quarantine;
        default: return std::nullopt;
    }
}

}  // namespace

void append_edit(std::vector<rehearsal_edit>& edits, core::frame const& packet, core::leading_space first) {
    using kind = rehearsal_edit::kind;
    auto const change = core::decode_modification(static_cast<core::answer>(packet.letter), packet.payload);
    if (!change) return;
    auto const what = kind_of(*change);
    if (!what) return;
    bool const goes_on = *what == kind::replace_body && !edits.empty() && edits.back().what == *what;
    auto& edit = goes_on ? edits.back() : edits.emplace_back(*what);
    edit.index = change->index;
    switch (*what) {
        case kind::replace_body: edit.value += change->subject; break;
        case kind::quarantine: edit.value = change->subject; break;
        case kind::add_header:
        case kind::insert_header:
        case kind::change_header:
            edit.name = change->subject;
            if (first == core::leading_space::is_eaten) edit.value = ' ';
            edit.value += change->value;
            break;
        case kind::remove_header:
        case kind::change_sender:
        case kind::add_recipient:
        case kind::remove_recipient:
            edit.name = change->subject;
            edit.value = change->value;
            break;
    }
}

}  // namespace milterproto::detail
