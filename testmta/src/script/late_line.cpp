#include "script/late_line.hpp"

#include "script/expectation_parser.hpp"
#include "script/step_parser.hpp"
#include "text/values.hpp"

namespace testmta::run {

text::variables late_values::with(text::variables const& now) const {
    auto all = known_;
    for (auto const& name : captured_) {
        all.erase(name);
        if (auto const value = now.find(name); value != now.end()) all.insert(*value);
    }
    return all;
}

std::vector<step> late_line::parse(text::variables const& captured) const {
    text::cursor line(line_, values_.with(captured));
    return parse_step(line, in_force_);
}

bool late_condition::holds(text::variables const& captured) const {
    text::cursor line(line_, values_.with(captured));
    line.expect("if");
    return parse_comparison(line);
}

bool parse_comparison(text::cursor& line) {
    auto const left = line.word("a value");
    auto const test = parse_text_test(line);
    line.expect_end();
    if (test.pattern) return test.holds_for(left);
    // Numbers, sizes and durations have an order of their own; it is not that of their digits.
    if (auto const a = text::parse_size(left), b = text::parse_size(test.value); a && b)
        return satisfies(test.how, *a, *b);
    if (auto const a = text::parse_duration(left), b = text::parse_duration(test.value); a && b)
        return satisfies(test.how, *a, *b);
    return test.holds_for(left);
}

}  // namespace testmta::run
