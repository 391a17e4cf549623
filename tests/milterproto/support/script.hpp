#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "milterproto/core/error.hpp"

/// A conversation as it is written; see conversation.hpp.
namespace milterproto::test {

struct line {
    char arrow;
    std::string text;
};

/// What the script tells the filter to do at one event.
struct part {
    std::string verdict = "c";
    std::vector<line> deeds;  ///< macros that it looks up, and its edits
};

class script {
public:
    explicit script(std::string_view text);
    std::vector<line> const& lines() const { return lines_; }
    part part_at(std::size_t event) const { return event < parts_.size() ? parts_[event] : part{}; }
    /// All lines from there on as text, or those that do not say what the MTA sends.
    std::string text(std::size_t first_line = 0) const;
    std::string text_without_input() const;

private:
    void add(line one);
    std::vector<line> lines_;
    std::vector<part> parts_;
};

/// What the MTA sends, or how the connection ends.
bool is_ending(std::string_view text);
errc ending_of(std::string_view text);
std::string bytes_of(std::string_view text);

/// An edit as it is written, without what became of it.
std::string_view without_outcome(std::string_view text);

}  // namespace milterproto::test
