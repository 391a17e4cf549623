#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <utility>

#include "policy/subject.hpp"

namespace vouchd {

/// Words that stand in the source, so that they can be borrowed for ever: nothing else compiles.
class literal {
public:
    consteval literal(char const* words) : words_(words) {}
    std::string_view words() const noexcept { return words_; }

private:
    std::string_view words_;
};

/// Why a step ruled as it did. Nearly all remarks are never read, so the words are put together by `text`,
/// and nothing is copied that the subject holds.
class remark {
public:
    /// The part of the subject with which the words begin.
    enum class about { nothing, client, sender_domain, recipient };

    remark(literal words) : words_(words.words()) {}
    remark(about what, literal words) : about_(what), words_(words.words()) {}
    template <std::same_as<std::string> Text>
    remark(Text words) : owned_(std::move(words)) {}

    /// Returns the words. `of` is the subject at which the step looked.
    std::string text(subject const& of) const;

private:
    about about_ = about::nothing;
    std::string_view words_;
    std::string owned_;
};

}  // namespace vouchd
