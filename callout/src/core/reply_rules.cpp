#include "callout/reply_rules.hpp"

#include <algorithm>

#include "core/built_in_rules.hpp"
#include "core/decision.hpp"

namespace callout {
namespace {

std::string about(core::topic what) {
    auto const found = std::ranges::find(core::topic_names, what, &core::topic_name::what);
    return std::string(found->meaning);
}

/// Returns the first of the row's topics that the reply is about.
std::string about_any(core::topic read, core::topic wanted) {
    auto const fits = [&](core::topic_name const& one) { return core::includes(read & wanted, one.what); };
    return std::string(std::ranges::find_if(core::topic_names, fits)->meaning);
}

std::string shown(core::decision_row const& row, core::reading const& read) {
    std::string text(row.code);
    if (!row.enhanced.empty()) text += read.enhanced ? ", the enhanced code" : ", no enhanced code";
    if (row.words != core::topic::none) text += ", words about " + about_any(read.words, row.words);
    return text;
}

}  // namespace

std::optional<reply_rules::error> reply_rules::add(std::string_view text, std::string_view file) {
    auto more = std::make_shared<core::rule_book>(book());
    if (auto wrong = core::add_rules(*more, text, file)) return error{wrong->line, std::move(wrong->what)};
    own_ = std::move(more);
    files_.emplace_back(file);
    return std::nullopt;
}

reply_meaning reply_rules::meaning_of(core::reply const& r, core::stage where, std::string_view asked,
                                      std::string_view host) const {
    core::reading const read(where, r, {.asked = asked, .host = host, .helo = {}, .senders = {}}, book());
    auto const& row = core::row_for(where, r, read);
    reply_meaning all;
    all.status = row.status;
    all.reason = row.reason;
    all.scope = row.scope;
    all.strength = row.strength;
    all.enhanced = read.enhanced;
    for (auto const& one : read.said) all.words.push_back({one.text, about(one.what)});
    if (read.rule) {
        all.rule = read.rule->name + " (" + read.rule->where + ", " + read.rule->source + ')';
    } else {
        all.row = shown(row, read);
    }
    return all;
}

core::rule_book const& reply_rules::book() const {
    return own_ ? *own_ : core::built_in_rules();
}

}  // namespace callout
