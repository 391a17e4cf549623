#include "milterproto/core/mta/mta_macros.hpp"

#include <algorithm>
#include <utility>

#include "milterproto/core/wire/codec.hpp"

namespace milterproto::core {

namespace {

constexpr std::size_t option_bytes = 12;

constexpr std::size_t index_of(macro_stage stage) noexcept {
    return static_cast<std::size_t>(stage);
}

constexpr bool is_separator(char c) noexcept {
    return c == ' ' || c == ',' || c == '\t' || c == '\r' || c == '\n';
}

/// Returns the names with one blank between them: Postfix and Sendmail also take commas and other white
/// space.
std::string tidied(std::string_view list) {
    std::string names;
    for (char const c : list) {
        if (!is_separator(c)) {
            names.push_back(c);
        } else if (!names.empty() && names.back() != ' ') {
            names.push_back(' ');
        }
    }
    if (names.ends_with(' ')) names.pop_back();
    return names;
}

std::size_t count_names(std::string_view tidy) noexcept {
    return tidy.empty() ? 0 : static_cast<std::size_t>(std::ranges::count(tidy, ' ')) + 1;
}

std::string_view take_name(std::string_view& tidy) noexcept {
    auto const name = tidy.substr(0, tidy.find(' '));
    tidy.remove_prefix(std::min(name.size() + 1, tidy.size()));
    return name;
}

/// Returns the name without the braces of one letter: `{x}` and `x` name the same macro.
std::string_view bare_name(std::string_view name) noexcept {
    return name.size() == 3 && name.front() == '{' && name.back() == '}' ? name.substr(1, 1) : name;
}

/// The stage whose list a command takes. Headers and bodies have no list of their own: some MTAs give them
/// the list of the stage that they lead to.
struct stage_row {
    command with;
    macro_stage stage;
    bool is_its_own;
};
constexpr stage_row stage_rows[] = {
    {command::connect, macro_stage::connect, true},
    {command::helo, macro_stage::helo, true},
    {command::mail, macro_stage::mail, true},
    {command::rcpt, macro_stage::rcpt, true},
    {command::data, macro_stage::data, true},
    {command::header, macro_stage::end_of_headers, false},
    {command::end_of_headers, macro_stage::end_of_headers, true},
    {command::body, macro_stage::end_of_message, false},
    {command::end_of_message, macro_stage::end_of_message, true},
};

}  // namespace

mta_macros::mta_macros(macro_rules const& rules) : rules_(rules) {}

void mta_macros::set(std::string_view name, std::string_view value) {
    auto const at = std::ranges::find(entries_, bare_name(name), &entry::name);
    if (at == entries_.end()) {
        entries_.push_back({std::string(bare_name(name)), std::string(value), true});
    } else {
        at->value = value;
        at->defined = true;
    }
}

void mta_macros::unset(std::string_view name) noexcept {
    auto const at = std::ranges::find(entries_, bare_name(name), &entry::name);
    if (at != entries_.end()) at->defined = false;
}

std::optional<std::string_view> mta_macros::find(std::string_view name) const noexcept {
    auto const at = std::ranges::find(entries_, bare_name(name), &entry::name);
    if (at == entries_.end() || !at->defined) return std::nullopt;
    return at->value;
}

void mta_macros::set_once(command with, std::string_view name, std::string_view value) {
    std::erase_if(singles_, [&](single const& one) { return one.with == with && one.name == name; });
    singles_.push_back({with, std::string(name), std::string(value)});
}

void mta_macros::forget_once(command with) noexcept {
    std::erase_if(singles_, [&](single const& one) { return one.with == with; });
}

result<void> mta_macros::take_lists(std::string_view payload) {
    payload.remove_prefix(std::min(option_bytes, payload.size()));
    while (!payload.empty()) {
        auto const stage = take_u32(payload);
        auto const names = take_string(payload);
        if (!stage || !names) return errc::symbol_list_malformed;
        bool const known = *stage < macro_stages;
        if (!known && rules_.unknown_stage == macro_rules::stranger::ends_lists) break;
        if (known) take_list(*stage, *names);
    }
    bool const needs_both = rules_.end_of_message_list == macro_rules::end_list::needs_end_of_headers;
    if (needs_both && !asked_[index_of(macro_stage::end_of_headers)])
        asked_[index_of(macro_stage::end_of_message)].reset();
    return {};
}

void mta_macros::take_list(std::uint32_t stage, std::string_view names) {
    auto tidy = tidied(names);
    if (count_names(tidy) > rules_.names_in_list) return;
    if (tidy.empty() && rules_.empty_list == macro_rules::empty::defaults) return;
    asked_[stage] = std::move(tidy);
}

mta_macros::wanted mta_macros::list_for(command with) const noexcept {
    auto const* row = std::ranges::find(stage_rows, with, &stage_row::with);
    bool const wide = rules_.lists == macro_rules::reach::whole_content;
    if (row != std::end(stage_rows) && (row->is_its_own || wide)) {
        if (auto const& asked = asked_[index_of(row->stage)]) {
            // An empty list means that there is no frame (Sendmail); the other dialects did not take it.
            return {!asked->empty(), *asked};
        }
    }
    auto const own = std::ranges::find(rules_.defaults, with, &macro_row::with);
    if (own == rules_.defaults.end()) return {};
    return {true, own->names};
}

void mta_macros::append(std::string& out, command with) {
    auto list = list_for(with);
    pairs_.clear();
    for (auto name = take_name(list.names); !name.empty(); name = take_name(list.names)) {
        bool const once = std::ranges::any_of(
            singles_, [&](single const& one) { return one.with == with && one.name == name; });
        if (once) continue;
        if (auto const value = find(name)) pairs_.insert(pairs_.end(), {name, *value});
    }
    for (auto const& one : singles_) {
        if (one.with == with) pairs_.insert(pairs_.end(), {one.name, one.value});
    }
    if (list.sent || !pairs_.empty()) append_macros(out, static_cast<char>(with), pairs_);
    forget_once(with);
}

}  // namespace milterproto::core
