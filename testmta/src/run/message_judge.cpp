#include "run/message_judge.hpp"

#include <algorithm>

#include "milterproto/core/wire/codec.hpp"
#include "text/overloaded.hpp"
#include "text/path.hpp"
#include "text/printable.hpp"

namespace testmta::run {

namespace {

std::string excerpt(std::string_view text) {
    constexpr std::size_t most = 300;
    auto const shown = text.substr(0, most);
    return '"' + text::printable(shown) + (shown.size() == text.size() ? "\"" : "\"...");
}

/// Returns what stands after the colon and its blank.
std::string shown_value(core::queued_header const& field) {
    auto const& raw = field.value;
    return raw.starts_with(' ') || raw.starts_with('\t') ? raw.substr(1) : raw;
}

std::vector<std::string> values_of(followed_message const& message, std::string_view name) {
    std::vector<std::string> values;
    for (auto const& one : message.result().headers) {
        if (followed_message::is_visible(one) && core::equals_ignoring_case(one.name, name))
            values.push_back(shown_value(one));
    }
    return values;
}

std::vector<std::string> names_of(followed_message const& message) {
    std::vector<std::string> names;
    for (auto const& one : message.result().headers) {
        if (followed_message::is_visible(one)) names.push_back(one.name);
    }
    return names;
}

std::vector<std::string> recipients_of(followed_message const& message) {
    std::vector<std::string> all;
    for (auto const& one : message.result().recipients) all.push_back(one.address);
    return all;
}

std::string in_a_row(std::vector<std::string> const& values) {
    if (values.empty()) return "none";
    std::string text;
    for (auto const& one : values) text.append(text.empty() ? "" : " ").append(excerpt(one));
    return text;
}

std::size_t size_of(core::queued_message const& message) {
    constexpr std::size_t colon_and_end = 3;
    auto size = message.body.size() + 2;
    for (auto const& one : message.headers) {
        if (followed_message::is_visible(one)) size += one.name.size() + one.value.size() + colon_and_end;
    }
    return size;
}

std::optional<std::string> judge_text(text_test const& test, std::string const& text) {
    if (test.holds_for(text)) return std::nullopt;
    return excerpt(text);
}

std::optional<std::string> judge_count(number_test const& test, std::size_t count) {
    if (test.holds_for(count)) return std::nullopt;
    return std::to_string(count);
}

/// Returns 32 bytes around the offset.
std::string around(std::string_view text, std::size_t offset) {
    constexpr std::size_t before = 16;
    constexpr std::size_t shown = 32;
    auto const from = offset > before ? offset - before : 0;
    return excerpt(text.substr(std::min(from, text.size()), shown));
}

/// Shows where two bodies begin to differ, because all of them would hide it (TM-072).
std::optional<std::string> judge_body(text_test const& test, std::string const& body) {
    if (test.holds_for(body)) return std::nullopt;
    if (test.how != comparison::equal)
        return "a body of " + std::to_string(body.size()) + " bytes, " + excerpt(body);
    auto const [here, there] = std::ranges::mismatch(body, test.value);
    auto const at = static_cast<std::size_t>(here - body.begin());
    return "a body of " + std::to_string(body.size()) + " bytes, expected " +
           std::to_string(test.value.size()) + "; they differ at byte " + std::to_string(at) + ": got " +
           around(body, at) + ", expected " + around(test.value, at);
}

judgement judge_field(final_is const& wanted, followed_message const& message) {
    auto const values = values_of(message, wanted.name);
    judgement found;
    if (std::holds_alternative<is_absent>(wanted.test)) {
        if (!values.empty()) found.got = in_a_row(values);
        return found;
    }
    if (auto const* count = std::get_if<count_is>(&wanted.test)) {
        found.got = judge_count(count->count, values.size());
        return found;
    }
    auto const index = wanted.index.value_or(1);
    if (!wanted.index && values.size() > 1) {
        found.doubt = "the message has " + std::to_string(values.size()) + " fields \"" + wanted.name +
                      "\", and the first was compared; write header[N] for another";
    }
    if (index > values.size()) {
        found.got = values.empty()
                        ? "no such field; the message has " + in_a_row(names_of(message))
                        : "only " + std::to_string(values.size()) + " of them: " + in_a_row(values);
        return found;
    }
    found.got = judge_text(std::get<text_test>(wanted.test), values[index - 1]);
    return found;
}

/// Names of fields are compared in any case, addresses without their angle brackets.
std::optional<std::string> judge_list(final_is const& wanted, std::vector<std::string> const& values) {
    if (auto const* count = std::get_if<count_is>(&wanted.test))
        return judge_count(count->count, values.size());
    auto const& expected = std::get<lists>(wanted.test).values;
    auto const equal = [&](std::string const& a, std::string const& b) {
        if (wanted.of == final_subject::headers) return core::equals_ignoring_case(a, b);
        return text::without_brackets(a) == text::without_brackets(b);
    };
    if (std::ranges::equal(values, expected, equal)) return std::nullopt;
    return in_a_row(values);
}

/// The sender may be written with its angle brackets, as `mail` does.
std::optional<std::string> judge_sender(text_test test, core::queued_message const& message) {
    if (!test.pattern) test.value = text::without_brackets(test.value);
    return judge_text(test, message.sender);
}

}  // namespace

judgement judge_message(final_is const& wanted, followed_message const& message) {
    auto const& result = message.result();
    judgement found;
    switch (wanted.of) {
        case final_subject::header: return judge_field(wanted, message);
        case final_subject::headers: found.got = judge_list(wanted, names_of(message)); break;
        case final_subject::rcpts: found.got = judge_list(wanted, recipients_of(message)); break;
        case final_subject::body:
            found.got = judge_body(std::get<text_test>(wanted.test), result.body);
            break;
        case final_subject::from: found.got = judge_sender(std::get<text_test>(wanted.test), result); break;
        case final_subject::outcome:
            found.got = judge_text(std::get<text_test>(wanted.test), std::string(word_of(message.becomes())));
            break;
        case final_subject::size:
            found.got = judge_count(std::get<number_test>(wanted.test), size_of(result));
            break;
    }
    return found;
}

std::optional<std::string> field_value(followed_message const& message, std::string_view name) {
    auto values = values_of(message, name);
    if (values.empty()) return std::nullopt;
    return std::move(values.front());
}

}  // namespace testmta::run
