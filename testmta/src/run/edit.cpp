#include "run/edit.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "milterproto/core/wire/codec.hpp"
#include "text/printable.hpp"

namespace testmta::run {

namespace {

/// An empty value deletes a field (milter-protocol.md 7).
edit_kind kind_of(core::modification const& asked) {
    switch (asked.what) {
        case core::answer::add_header: return edit_kind::add_header;
        case core::answer::insert_header: return edit_kind::insert_header;
        case core::answer::change_header:
            return asked.value.empty() ? edit_kind::delete_header : edit_kind::change_header;
        case core::answer::replace_body: return edit_kind::replace_body;
        case core::answer::change_sender: return edit_kind::change_from;
        case core::answer::add_recipient:
        case core::answer::add_recipient_args: return edit_kind::add_rcpt;
        case core::answer::delete_recipient: return edit_kind::delete_rcpt;
        default: return edit_kind::quarantine;
    }
}

bool has_field(edit_kind what) {
    return what == edit_kind::add_header || what == edit_kind::insert_header ||
           what == edit_kind::change_header || what == edit_kind::delete_header;
}

bool has_index(edit_kind what) {
    return has_field(what) && what != edit_kind::add_header;
}

bool has_value(edit const& one) {
    return (has_field(one.what) && one.what != edit_kind::delete_header) || !one.value.empty();
}

bool subject_fits(edit_is const& wanted, edit const& asked) {
    if (!wanted.subject) return true;
    auto const& test = *wanted.subject;
    if (has_field(asked.what) && test.how == comparison::equal)
        return core::equals_ignoring_case(asked.subject, test.value);
    return test.holds_for(asked.subject);
}

/// Returns how unlike what is wanted an edit is.
int distance(edit_is const& wanted, edit const& asked) {
    return (asked.what == wanted.what ? 0 : 4) + (subject_fits(wanted, asked) ? 0 : 2) +
           (!wanted.value || wanted.value->holds_for(asked.value) ? 0 : 1);
}

/// Finds for each that is wanted an edit of its own, by augmenting paths.
class matching {
public:
    matching(std::vector<edit_is> const& wanted, std::vector<edit> const& asked)
        : wanted_(wanted), asked_(asked), taken_by_(asked.size()) {}

    bool place(std::size_t which) {
        std::vector<bool> seen(asked_.size());
        return place(which, seen);
    }

private:
    bool place(std::size_t which, std::vector<bool>& seen) {
        for (std::size_t i = 0; i != asked_.size(); ++i) {
            if (seen[i] || !asked_[i].fits(wanted_[which])) continue;
            seen[i] = true;
            if (taken_by_[i] && !place(*taken_by_[i], seen)) continue;
            taken_by_[i] = which;
            return true;
        }
        return false;
    }

    std::vector<edit_is> const& wanted_;
    std::vector<edit> const& asked_;
    std::vector<std::optional<std::size_t>> taken_by_;
};

}  // namespace

edit::edit(core::modification const& asked)
    : what(kind_of(asked)), index(asked.index), subject(asked.subject), value(asked.value) {}

bool edit::fits(edit_is const& wanted) const {
    auto const is_kind =
        what == wanted.what || (wanted.what == edit_kind::change_header && what == edit_kind::delete_header);
    return is_kind && index == wanted.index.value_or(index) && subject_fits(wanted, *this) &&
           (!wanted.value || wanted.value->holds_for(value));
}

std::string edit::describe() const {
    std::string text(word_of(what));
    if (has_index(what)) text += ' ' + std::to_string(index);
    if (what == edit_kind::replace_body) return text + " (" + std::to_string(subject.size()) + " bytes)";
    text += " \"" + text::printable(subject) + '"';
    if (has_value(*this)) text += " \"" + text::printable(value) + '"';
    return text;
}

std::optional<edit_problem> judge_edits(std::vector<edit_is> const& wanted, std::vector<edit> const& asked) {
    matching of(wanted, asked);
    for (std::size_t i = 0; i != wanted.size(); ++i) {
        if (wanted[i].wanted && !of.place(i)) return edit_problem{i, list_nearest(wanted[i], asked)};
        if (wanted[i].wanted) continue;
        auto const found = std::ranges::find_if(asked, [&](edit const& one) { return one.fits(wanted[i]); });
        if (found != asked.end()) return edit_problem{i, found->describe()};
    }
    return std::nullopt;
}

std::string list_nearest(edit_is const& wanted, std::vector<edit> const& asked) {
    constexpr std::size_t most = 20;
    if (asked.empty()) return "no edits";
    std::vector<std::pair<int, std::size_t>> nearest(asked.size());  // how far each is, and which it is
    for (std::size_t i = 0; i != asked.size(); ++i) nearest[i] = {distance(wanted, asked[i]), i};
    std::ranges::sort(nearest);
    std::string text;
    auto const listed = std::min(most, asked.size());
    for (auto const& [far, which] : std::span(nearest).first(listed))
        text.append(text.empty() ? "" : ", ").append(asked[which].describe());
    if (asked.size() > listed) text += ", and " + std::to_string(asked.size() - listed) + " more";
    return text;
}

}  // namespace testmta::run
