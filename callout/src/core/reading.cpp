#include "core/reading.hpp"

#include <algorithm>

#include "core/reply_words.hpp"

namespace callout::core {
namespace {

constexpr auto of_mailbox = topic::missing | topic::disabled;
constexpr auto of_sender = topic::sender | topic::null_sender | topic::callout;

/// Returns the words without the name: without its first, if there are more, because a server that names the
/// mailbox does so once.
std::vector<std::string> without_name(std::vector<std::string> words, std::string const& name) {
    auto const first = std::ranges::find(words, name);
    if (!name.empty() && first != words.end()) words.erase(first);
    return words;
}

}  // namespace

topic settled(topic all, std::optional<enhanced_code> const& enhanced) noexcept {
    auto const subject = enhanced ? enhanced->subject : 0;
    bool const of_address = subject == 1 && includes(all, topic::missing);
    if (includes(all, topic::relay)) all = all & ~(topic::self | topic::hint_of_us);
    if (includes(all, of_sender | topic::trouble)) all = all & ~of_mailbox;
    if (includes(all, topic::later) && !of_address) all = all & ~of_mailbox;
    if (subject == 7 && includes(all, topic::self)) all = all & ~topic::full;
    if (includes(all, topic::self) && includes(all, of_mailbox))
        all = (all & ~(topic::self | of_mailbox)) | topic::policy;
    if (includes(all, of_mailbox)) all = all & ~(topic::hint_of_us | topic::policy | topic::starttls);
    return all;
}

reading::reading(stage where, reply const& r, names_in_reply const& names, rule_book const& rules)
    : enhanced(enhanced_code_in(r)) {
    auto const all = words_of(r, names, rules.names_of_lists());
    rule = rules.rule_for(where, r, enhanced, names.host, all);
    weigh(rules.phrases_in(all));
    auto const name = word_of_local_part(names.asked);
    auto const less = without_name(all, name);
    if (less.size() == all.size()) return;
    // The name is not the server's word, unless the server says nothing without it, or says with it that the
    // mailbox is missing, or that it is our sender that is.
    auto named = *this;
    weigh(rules.phrases_in(less));
    bool const is_missing = includes(words, topic::missing);
    bool const adds = is_missing ? includes(named.words, of_sender) : includes(named.words, topic::missing);
    if (adds || words == topic::none) *this = std::move(named);
}

void reading::weigh(std::vector<said_phrase> phrases) {
    said = std::move(phrases);
    auto all = topic::none;
    for (auto const& one : said) all = all | one.what;
    words = settled(all, enhanced);
}

}  // namespace callout::core
