#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/topic.hpp"

namespace callout::core {

/// A word of a phrase, in lower case; with `prefix`, the beginning of one.
struct phrase_word {
    std::string text;
    bool prefix = false;
};
using word_sequence = std::vector<phrase_word>;

/// A place in a phrase: one of several sequences of words, or a gap of a few words.
struct phrase_part {
    std::vector<word_sequence> any_of;  ///< none: it is a gap
    bool optional = false;
};

/// How many words are a phrase, and how many of them stand before its first gap: what a gap holds is read
/// again.
struct phrase_match {
    std::size_t length = 0;
    std::size_t taken = 0;
};

/// Words that say what a reply is about.
class phrase {
public:
    topic what = topic::none;
    std::vector<phrase_part> parts;
    std::string text;  ///< as it stands in the file of rules

    /// Returns the longest match at the beginning of these words; none if they are not the phrase. `barriers`
    /// are words that no gap may hold.
    phrase_match match(std::span<std::string const> words, std::span<std::string const> barriers) const;
};

}  // namespace callout::core
