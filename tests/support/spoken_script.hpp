#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// Conversations that are written as text, and play one side of a protocol to a machine for the other side.
namespace test {

/// One step: what the machine hears, or what else happens, and what it then says and does.
struct script_step {
    std::string octets;     ///< that the machine hears
    std::string directive;  ///< or what happens otherwise, such as "lost"
    std::string expected;   ///< lines, each with its mark
    std::size_t line = 0;   ///< of the file
};

/// Returns the bytes for a line of a script, and `line_end`: \r \n \t \0 \xNN \\ stand for bytes, \*100:x is
/// x a hundred times, and a \ at the end leaves the line end out.
std::string unescaped(std::string_view text, std::string_view line_end);
/// Writes bytes so that they fit on a line of a script.
std::string escaped(std::string_view octets);

/// Returns the paths of all scripts in a folder, whose names end so.
std::vector<std::string> scripts_in(std::string const& folder, std::string_view extension);

/// Plays a step, its bytes in two pieces, and returns what the machine did.
template <class Machine>
std::string play(Machine& one, script_step const& step, std::size_t split) {
    if (!step.directive.empty()) {
        one.happen(step.directive);
    } else {
        one.feed(std::string_view(step.octets).substr(0, split));
        one.feed(std::string_view(step.octets).substr(split));
    }
    return one.take_record();
}

template <class Machine>
void expect_as_written(Machine one, std::vector<script_step> const& steps, std::string const& path) {
    for (auto const& step : steps)
        ASSERT_EQ(play(one, step, step.octets.size()), step.expected) << path << ":" << step.line;
}

template <class Machine>
void expect_same_byte_by_byte(Machine one, std::vector<script_step> const& steps, std::string const& path) {
    for (auto const& step : steps) {
        std::string record;
        if (!step.directive.empty()) one.happen(step.directive);
        for (char const octet : step.octets) {
            one.feed({&octet, 1});
            record += one.take_record();
        }
        record += one.take_record();
        ASSERT_EQ(record, step.expected) << path << ":" << step.line;
    }
}

/// Plays each beginning of the script to a machine of its own, with its last step split at every place.
template <class Make>
void expect_same_split_anywhere(Make make, std::vector<script_step> const& steps, std::string const& path) {
    for (std::size_t split_step = 0; split_step < steps.size(); ++split_step) {
        auto const size = steps[split_step].octets.size();
        // A long line is cut at a prime distance: the reader's limits stand anywhere.
        std::size_t const stride = size > 600 ? 61 : 1;
        for (std::size_t at = 0; at < size; at += stride) {
            auto one = make();
            for (std::size_t i = 0; i <= split_step; ++i) {
                auto const& step = steps[i];
                auto const record = play(one, step, i == split_step ? at : step.octets.size());
                ASSERT_EQ(record, step.expected) << path << ":" << step.line << " split at " << at;
            }
        }
    }
}

}  // namespace test
