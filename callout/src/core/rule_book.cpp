#include "core/rule_book.hpp"

#include <algorithm>
#include <span>

#include "core/ascii.hpp"
#include "core/code_pattern.hpp"
#include "core/reply_words.hpp"

namespace callout::core {
namespace {

/// Returns whether the text has this, and neither end of it is in the middle of a word.
bool holds(std::string_view text, std::string_view token) {
    for (auto at = text.find(token); at != text.npos; at = text.find(token, at + 1)) {
        auto const end = at + token.size();
        bool const begins = at == 0 || !is_alphanumeric(text[at - 1]) || !is_alphanumeric(token.front());
        bool const ends = end == text.size() || !is_alphanumeric(text[end]) || !is_alphanumeric(token.back());
        if (begins && ends) return true;
    }
    return false;
}

bool is_from(provider_rule const& rule, std::string_view host, std::string_view text) {
    if (rule.hosts.empty() && rule.tokens.empty()) return true;
    bool const by_name =
        std::ranges::any_of(rule.hosts, [&](std::string const& end) { return host.ends_with(end); });
    return by_name ||
           std::ranges::any_of(rule.tokens, [&](std::string const& token) { return holds(text, token); });
}

bool contains(std::vector<std::string> const& words, phrase const& wanted) {
    std::span<std::string const> rest(words);
    for (; !rest.empty(); rest = rest.subspan(1)) {
        if (wanted.match(rest, {}).length > 0) return true;
    }
    return false;
}

std::vector<std::string> single_words(std::vector<word_sequence> const& members) {
    std::vector<std::string> all;
    for (auto const& one : members) {
        if (one.size() == 1) all.push_back(one.front().text);
    }
    return all;
}

}  // namespace

void rule_book::add(phrase one) {
    auto const number = phrases_.size();
    for (auto const& first : one.parts.front().any_of) {
        auto const& word = first.front();
        auto& under = word.prefix ? by_prefix_ : by_word_[word.text];
        if (under.empty() || under.back() != number) under.push_back(number);
    }
    phrases_.push_back(std::move(one));
}

void rule_book::add(std::vector<provider_rule> rules) {
    rules_.insert(rules_.begin(), std::make_move_iterator(rules.begin()),
                  std::make_move_iterator(rules.end()));
}

void rule_book::add_class(std::string name, std::vector<word_sequence> members) {
    auto& all = classes_[std::move(name)];
    all.insert(all.end(), members.begin(), members.end());
    if (auto const* const barrier = class_named("barrier")) barriers_ = single_words(*barrier);
    if (auto const* const list = class_named("list")) lists_ = single_words(*list);
}

std::vector<word_sequence> const* rule_book::class_named(std::string_view name) const {
    auto const found = classes_.find(std::string(name));
    return found == classes_.end() ? nullptr : &found->second;
}

std::vector<said_phrase> rule_book::phrases_in(std::vector<std::string> const& words) const {
    std::vector<said_phrase> all;
    for (std::size_t at = 0; at < words.size();) {
        phrase const* best = nullptr;
        phrase_match match;
        if (auto const found = by_word_.find(words[at]); found != by_word_.end())
            weigh(found->second, words, at, best, match);
        weigh(by_prefix_, words, at, best, match);
        if (best) {
            said_phrase said{best->what, words[at]};
            for (std::size_t i = 1; i < match.length; ++i) said.text += ' ' + words[at + i];
            all.push_back(std::move(said));
        }
        at += std::max<std::size_t>(match.taken, 1);
    }
    return all;
}

/// The first of several that are as long wins: files that are added come later.
void rule_book::weigh(std::vector<std::size_t> const& candidates, std::vector<std::string> const& words,
                      std::size_t at, phrase const*& best, phrase_match& found) const {
    auto const rest = std::span<std::string const>(words).subspan(at);
    for (auto const number : candidates) {
        auto const match = phrases_[number].match(rest, barriers_);
        if (match.length <= found.length) continue;
        found = match;
        best = &phrases_[number];
    }
}

provider_rule const* rule_book::rule_for(stage where, reply const& r,
                                         std::optional<enhanced_code> const& enhanced, std::string_view host,
                                         std::vector<std::string> const& words) const {
    auto const text = text_of(r);
    auto const name = in_lower_case(host);
    auto const fits = [&](provider_rule const& rule) {
        return covers(rule.at, where) && code_fits(rule.code, r.code) &&
               (!rule.enhanced || rule.enhanced == enhanced) && is_from(rule, name, text) &&
               (!rule.words || contains(words, *rule.words));
    };
    auto const found = std::ranges::find_if(rules_, fits);
    return found == rules_.end() ? nullptr : &*found;
}

}  // namespace callout::core
