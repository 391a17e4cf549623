#include <ostream>

#include "escapes.hpp"
#include "milterproto/rehearsal.hpp"

namespace milterproto {

namespace {

std::string_view word_for(rehearsal_edit::kind what) {
    using kind = rehearsal_edit::kind;
    switch (what) {
        case kind::add_header: return "add_header";
        case kind::insert_header: return "insert_header";
        case kind::change_header: return "change_header";
        case kind::remove_header: return "remove_header";
        case kind::change_sender: return "change_sender";
        case kind::add_recipient: return "add_recipient";
        case kind::remove_recipient: return "remove_recipient";
        case kind::replace_body: return "replace_body";
        case kind::quarantine: return "quarantine";
    }
    return {};
}

std::string_view word_for(core::answer verdict) {
    switch (verdict) {
        case core::answer::proceed: return "proceed";
        case core::answer::accept: return "accept";
        case core::answer::reject: return "reject";
        case core::answer::tempfail: return "tempfail";
        case core::answer::discard: return "discard";
        case core::answer::skip: return "skip";
        default: return {};
    }
}

}  // namespace

std::string rehearsal_edit::text() const {
    std::string line(word_for(what));
    switch (what) {
        case kind::insert_header:
        case kind::change_header:
        case kind::remove_header: line += ' ' + std::to_string(index); break;
        default: break;
    }
    if (!name.empty()) line += ' ' + detail::escaped(name);
    switch (what) {
        case kind::add_header:
        case kind::insert_header:
        case kind::change_header: line += ':' + detail::escaped(value); break;
        default:
            if (!value.empty()) line += ' ' + detail::escaped(value);
    }
    return line;
}

std::string rehearsal_answer::text() const {
    switch (what) {
        case kind::verdict: return reply.empty() ? std::string(word_for(code)) : detail::escaped(reply);
        case kind::not_sent: return "(not sent)";
        case kind::unanswered: return "(no answer)";
        case kind::too_late: return "(too late)";
        case kind::closed: return "(closed)";
    }
    return {};
}

std::ostream& operator<<(std::ostream& out, rehearsal_edit const& edit) {
    return out << edit.text();
}

std::ostream& operator<<(std::ostream& out, rehearsal_answer const& answer) {
    return out << answer.text();
}

}  // namespace milterproto
