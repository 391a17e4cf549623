#include "script/expectation.hpp"

#include <array>

#include "text/overloaded.hpp"
#include "text/printable.hpp"
#include "text/values.hpp"

namespace testmta::run {

namespace {

std::string quoted(std::string_view text) {
    return '"' + text::printable(text) + '"';
}

std::string within(std::optional<duration> const& limit) {
    return limit ? " within " + text::to_string(*limit) : std::string();
}

std::string_view word_of(core::answer what) {
    switch (what) {
        case core::answer::proceed: return "continue";
        case core::answer::accept: return "accept";
        case core::answer::reject: return "reject";
        case core::answer::tempfail: return "tempfail";
        case core::answer::discard: return "discard";
        case core::answer::skip: return "skip";
        case core::answer::conn_fail: return "conn-fail";
        case core::answer::shutdown: return "shutdown";
        default: return "another answer";
    }
}

std::string describe_reply(reply_is const& wanted) {
    auto words = "reply " + std::to_string(wanted.code);
    if (!wanted.enhanced.empty()) words += ' ' + wanted.enhanced;
    if (wanted.text) words += ' ' + quoted(*wanted.text);
    if (wanted.pattern) words += " ~ " + quoted(wanted.pattern->text());
    return words;
}

std::string describe_test(std::optional<text_test> const& test) {
    if (!test) return {};
    return test->how == comparison::equal ? ' ' + quoted(test->value) : ' ' + test->describe();
}

std::string describe_edit(edit_is const& wanted) {
    auto words = std::string(wanted.wanted ? "action " : "no action ").append(word_of(wanted.what));
    if (wanted.index) words += ' ' + std::to_string(*wanted.index);
    return words + describe_test(wanted.subject) + describe_test(wanted.value);
}

std::string describe_final(final_is const& wanted) {
    auto words = std::string("final ").append(word_of(wanted.of));
    if (wanted.index) words += '[' + std::to_string(*wanted.index) + ']';
    if (wanted.of == final_subject::header) words += ' ' + quoted(wanted.name);
    return words + ' ' +
           std::visit(overloaded{
                          [](is_absent const&) { return std::string("is absent"); },
                          [](count_is const& one) { return "count " + one.count.describe(); },
                          [](lists const& one) {
                              std::string all = "lists";
                              for (auto const& value : one.values) all += ' ' + quoted(value);
                              return all;
                          },
                          [](auto const& one) { return one.describe(); },
                      },
                      wanted.test);
}

}  // namespace

std::string_view word_of(edit_kind what) {
    static constexpr std::array<std::string_view, 9> names = {
        "add-header",  "insert-header", "change-header", "delete-header", "replace-body",
        "change-from", "add-rcpt",      "delete-rcpt",   "quarantine"};
    return names.at(static_cast<std::size_t>(what));
}

std::string_view word_of(final_subject what) {
    static constexpr std::array<std::string_view, 7> names = {"header", "headers", "body", "from",
                                                              "rcpts",  "outcome", "size"};
    return names.at(static_cast<std::size_t>(what));
}

bool awaits(expectation const& one) {
    return std::visit(overloaded{
                          [](elapsed const&) { return false; },
                          [](progress_is const&) { return false; },
                          [](edit_is const&) { return false; },
                          [](edit_count const&) { return false; },
                          [](final_is const&) { return false; },
                          [](auto const&) { return true; },
                      },
                      one);
}

std::string describe(expectation const& wanted) {
    return std::visit(
        overloaded{
            [](answer_is const& one) { return std::string(word_of(one.what)); },
            [](reply_is const& one) { return describe_reply(one); },
            [](any_answer const&) { return std::string("any answer"); },
            [](whatever const&) { return std::string("whatever, in frames"); },
            [](nothing const& one) { return "nothing" + within(one.within); },
            [](closed const& one) { return "the connection to be closed" + within(one.within); },
            [](negotiated const&) { return std::string("an answer to the negotiation"); },
            [](elapsed const& one) {
                return std::string("elapsed ").append(sign_of(one.how)) + ' ' + text::to_string(one.time);
            },
            [](progress_is const& one) { return "progress " + one.count.describe(); },
            [](edit_is const& one) { return describe_edit(one); },
            [](edit_count const& one) { return "actions exactly " + std::to_string(one.count); },
            [](final_is const& one) { return describe_final(one); },
        },
        wanted);
}

}  // namespace testmta::run
