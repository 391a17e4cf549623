// The language of files of rules (docs/reply_rules.md): lines, and phrases within them.

#include <algorithm>
#include <boost/spirit/home/x3.hpp>
#include <charconv>

#include "core/ascii.hpp"
#include "core/decision.hpp"
#include "core/reply_words.hpp"
#include "core/rule_book.hpp"

namespace callout::core {
namespace {

/// What a phrase is made of, before its classes are looked up.
struct raw_part {
    enum class kind { words, group, optional, gap };
    kind what = kind::words;
    std::vector<std::vector<std::string>> any_of;
};

namespace rule_grammar {

namespace x3 = boost::spirit::x3;

auto const letter = x3::char_("a-zA-Z0-9'*") | x3::char_('\x80', '\xff');
x3::rule<class word_tag, std::string> const word = "word";
auto const word_def = x3::raw[+letter | ('<' >> +x3::char_("a-z_") >> '>')];
x3::rule<class sequence_tag, std::vector<std::string>> const sequence = "words";
auto const sequence_def = word % +x3::lit(' ');
x3::rule<class choice_tag, std::vector<std::vector<std::string>>> const choice = "choice";
auto const choice_def = sequence % '|';
x3::rule<class single_tag, std::vector<std::string>> const single = "word";
auto const single_def = x3::repeat(1)[word];
x3::rule<class bare_choice_tag, std::vector<std::vector<std::string>>> const bare_choice = "choice of words";
auto const bare_choice_def = single % '|';

BOOST_SPIRIT_DEFINE(word, sequence, choice, single, bare_choice)

auto const as = [](raw_part::kind kind) {
    return [kind](auto& context) { x3::_val(context) = raw_part{kind, x3::_attr(context)}; };
};
auto const as_gap = [](auto& context) { x3::_val(context) = raw_part{raw_part::kind::gap, {}}; };

x3::rule<class part_tag, raw_part> const part = "part of a phrase";
auto const part_def = x3::lit("..")[as_gap] | ('(' >> choice >> ')')[as(raw_part::kind::group)] |
                      ('[' >> choice >> ']')[as(raw_part::kind::optional)] |
                      bare_choice[as(raw_part::kind::words)];
x3::rule<class phrase_tag, std::vector<raw_part>> const phrase = "phrase";
auto const phrase_def = part % +x3::lit(' ');

BOOST_SPIRIT_DEFINE(part, phrase)

x3::rule<class items_tag, std::vector<std::string>> const items = "list";
auto const items_def = x3::raw[x3::lexeme[+(x3::char_ - ',')]] % (',' >> *x3::lit(' '));
BOOST_SPIRIT_DEFINE(items)

}  // namespace rule_grammar

std::string_view trimmed(std::string_view text) {
    auto const begin = text.find_first_not_of(" \t\r");
    if (begin == text.npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

/// Returns the first word, and takes it off.
std::string_view take_word(std::string_view& text) {
    auto const end = std::min(text.find_first_of(" \t"), text.size());
    auto const word = text.substr(0, end);
    text = trimmed(text.substr(end));
    return word;
}

/// Reads one file, line by line.
class rules_reader {
public:
    rules_reader(rule_book& to, std::string_view file) : to_(to), file_(file) {}

    std::optional<rules_error> read(std::string_view text) {
        while (!text.empty()) {
            auto const end = std::min(text.find('\n'), text.size());
            ++line_;
            if (auto wrong = read_line(text.substr(0, end))) return rules_error{line_, std::move(*wrong)};
            text.remove_prefix(std::min(end + 1, text.size()));
        }
        if (auto wrong = finish_rule()) return rules_error{line_, std::move(*wrong)};
        to_.add(std::move(rules_));
        return std::nullopt;
    }

private:
    using complaint = std::optional<std::string>;
    enum class section { none, of_class, of_topic, of_rule };

    complaint read_line(std::string_view line) {
        bool const indented = line.starts_with(' ') || line.starts_with('\t');
        auto content = trimmed(line);
        if (content.empty() || content.starts_with('#')) return std::nullopt;
        if (!indented) return begin_section(content);
        switch (section_) {
            case section::of_class: return read_members(content);
            case section::of_topic: return read_phrase(content);
            case section::of_rule: return read_field(content);
            case section::none: break;
        }
        return "an indented line belongs to a class, a topic or a rule, and none has begun";
    }

    complaint begin_section(std::string_view line) {
        if (auto wrong = finish_rule()) return wrong;
        auto const what = take_word(line);
        if (line.empty()) return '"' + std::string(what) + "\" has no name after it";
        if (what == "class") {
            section_ = section::of_class;
            name_ = line;
            return std::nullopt;
        }
        if (what == "topic") {
            auto const found = std::ranges::find(topic_names, line, &topic_name::text);
            if (found == topic_names.end()) return "there is no topic \"" + std::string(line) + '"';
            section_ = section::of_topic;
            topic_ = found->what;
            return std::nullopt;
        }
        if (what != "rule") return '"' + std::string(what) + "\" is not \"class\", \"topic\" or \"rule\"";
        section_ = section::of_rule;
        rule_.emplace();
        rule_->name = line;
        rule_->where = std::string(file_) + ':' + std::to_string(line_);
        reason_given_ = false;
        return std::nullopt;
    }

    complaint read_members(std::string_view line) {
        auto const items = items_of(line);
        std::vector<word_sequence> members;
        for (auto const& item : items) {
            std::vector<std::string> words;
            auto at = item.begin();
            if (!boost::spirit::x3::parse(at, item.end(), rule_grammar::sequence, words) || at != item.end())
                return '"' + item + "\" is not words";
            members.push_back(sequence_of(words));
        }
        to_.add_class(name_, std::move(members));
        return std::nullopt;
    }

    complaint read_phrase(std::string_view line) {
        phrase made;
        if (auto wrong = make_phrase(line, made)) return wrong;
        made.what = topic_;
        to_.add(std::move(made));
        return std::nullopt;
    }

    complaint make_phrase(std::string_view line, phrase& made) {
        std::vector<raw_part> parts;
        auto at = line.begin();
        bool const whole =
            boost::spirit::x3::parse(at, line.end(), rule_grammar::phrase, parts) && at == line.end();
        if (!whole) return "the phrase cannot be read from \"" + std::string(at, line.end()) + "\" on";
        made.text = line;
        for (auto const& raw : parts) {
            if (auto wrong = add_part(raw, made)) return wrong;
        }
        auto const& first = made.parts.front();
        auto const& last = made.parts.back();
        if (first.any_of.empty() || first.optional) return "a phrase begins with a word that must be there";
        if (last.any_of.empty()) return "a phrase does not end with a gap";
        return std::nullopt;
    }

    complaint add_part(raw_part const& raw, phrase& made) {
        phrase_part part;
        part.optional = raw.what == raw_part::kind::optional;
        for (auto const& words : raw.any_of) {
            if (auto wrong = add_choice(words, part.any_of)) return wrong;
        }
        made.parts.push_back(std::move(part));
        return std::nullopt;
    }

    /// One of the choices of a part: words, among which each class stands for all its members.
    complaint add_choice(std::vector<std::string> const& words, std::vector<word_sequence>& all) {
        std::vector<word_sequence> made(1);
        for (auto const& word : words) {
            auto const members = members_of(word);
            if (!members) return "there is no class " + word + " before this line";
            std::vector<word_sequence> longer;
            for (auto const& begun : made) {
                for (auto const& one : *members) {
                    longer.push_back(begun);
                    longer.back().insert(longer.back().end(), one.begin(), one.end());
                }
            }
            made = std::move(longer);
        }
        all.insert(all.end(), made.begin(), made.end());
        return std::nullopt;
    }

    std::optional<std::vector<word_sequence>> members_of(std::string const& word) const {
        bool const built_in = word == ip_word || word == sender_word || word == null_word ||
                              word == other_word || word == number_word;
        if (!word.starts_with('<') || built_in) return std::vector<word_sequence>{sequence_of({word})};
        auto const* const found = to_.class_named(std::string_view(word).substr(1, word.size() - 2));
        if (!found) return std::nullopt;
        return *found;
    }

    static word_sequence sequence_of(std::vector<std::string> const& words) {
        word_sequence all;
        for (auto const& one : words) {
            phrase_word word{in_lower_case(one), one.ends_with('*')};
            std::erase_if(word.text, [](char c) { return c == '*' || c == '\''; });
            all.push_back(std::move(word));
        }
        return all;
    }

    static std::vector<std::string> items_of(std::string_view line) {
        std::vector<std::string> all;
        boost::spirit::x3::parse(line.begin(), line.end(), rule_grammar::items, all);
        for (auto& one : all) one = trimmed(one);
        return all;
    }

    complaint read_field(std::string_view line) {
        auto const key = take_word(line);
        if (line.empty()) return '"' + std::string(key) + "\" has no value";
        if (key == "means") return read_meaning(line);
        if (key == "at") return read_stages(line);
        if (key == "reply") return read_reply(line);
        if (key == "source") {
            rule_->source = line;
            return std::nullopt;
        }
        if (key != "host" && key != "token")
            return "a rule has no \"" + std::string(key) +
                   "\": means, at, host, token, reply and source are known";
        auto& into = key == "host" ? rule_->hosts : rule_->tokens;
        for (auto const& one : items_of(line)) {
            if (key == "host" && !one.starts_with('.')) return "the end of a host's name begins with a dot";
            into.push_back(in_lower_case(one));
        }
        return std::nullopt;
    }

    complaint read_meaning(std::string_view line) {
        auto const word = take_word(line);
        auto const means = reason_from(word);
        if (!means) return "there is no meaning \"" + std::string(word) + '"';
        if (!line.empty() && line != "weak") return "after the meaning only \"weak\" can stand";
        rule_->means = *means;
        rule_->strength = line.empty() ? strength::strong : strength::weak;
        reason_given_ = true;
        return std::nullopt;
    }

    complaint read_stages(std::string_view line) {
        struct stage_name {
            std::string_view text;
            stage what;
        };
        constexpr auto names = std::to_array<stage_name>(
            {{"greeting", stage::greeting}, {"mail", stage::mail}, {"rcpt", stage::rcpt}});
        rule_->at = stage(0);
        for (auto const& one : items_of(line)) {
            auto const found = std::ranges::find(names, one, &stage_name::text);
            if (found == names.end()) return '"' + one + "\" is not greeting, mail or rcpt";
            rule_->at = rule_->at | found->what;
        }
        return std::nullopt;
    }

    complaint read_reply(std::string_view line) {
        rule_->code = take_word(line);
        bool const is_code = rule_->code.size() == 3 && (rule_->code[0] == '4' || rule_->code[0] == '5') &&
                             rule_->code.find_first_not_of("0123456789x") == rule_->code.npos;
        if (!is_code) return '"' + rule_->code + "\" is not the code of a refusal, such as 550 or 5xx";
        if (auto const code = parse_enhanced_code(line)) {
            rule_->enhanced = code;
            take_word(line);
        }
        if (line.empty()) return std::nullopt;
        rule_->words.emplace();
        return make_phrase(line, *rule_->words);
    }

    complaint finish_rule() {
        if (!rule_) return std::nullopt;
        auto const name = "the rule \"" + rule_->name + '"';
        if (!reason_given_) return name + " does not say what it means";
        if (rule_->code.empty()) return name + " does not say which reply it is about";
        for (auto const where : {stage::greeting, stage::mail_null, stage::mail_sender, stage::rcpt}) {
            if (!covers(rule_->at, where)) continue;
            auto const* const row = row_of(where, rule_->means, rule_->strength);
            if (!row)
                return name + " means \"" + std::string(to_string(rule_->means)) +
                       "\", which no reply means there";
            if (row->status == status::fail && rule_->code.front() != '5')
                return name + " refuses an address for " + rule_->code + ", and only a 5xx may";
        }
        rules_.push_back(std::move(*rule_));
        rule_.reset();
        return std::nullopt;
    }

    rule_book& to_;
    std::string_view file_;
    std::size_t line_ = 0;
    section section_ = section::none;
    std::string name_;  ///< of the class
    topic topic_ = topic::none;
    std::optional<provider_rule> rule_;
    bool reason_given_ = false;
    std::vector<provider_rule> rules_;
};

}  // namespace

std::optional<rules_error> add_rules(rule_book& to, std::string_view text, std::string_view file) {
    return rules_reader(to, file).read(text);
}

}  // namespace callout::core
