#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <string>
#include <string_view>

namespace callout::core {

/// The lines of a reply in one piece of memory, because a reply is read for every command, and the one that
/// decides is copied with the verdict.
class reply_lines {
public:
    class iterator {
    public:
        using value_type = std::string_view;
        using difference_type = std::ptrdiff_t;
        using iterator_category = std::input_iterator_tag;  // what it refers to is made on the way
        using pointer = void;
        using reference = std::string_view;

        iterator() {}
        std::string_view operator*() const { return rest_.substr(0, rest_.find(line_end)); }
        iterator& operator++() {
            rest_.remove_prefix((**this).size() + 1);
            return *this;
        }
        iterator operator++(int) {
            auto const before = *this;
            ++*this;
            return before;
        }
        bool operator==(iterator const& other) const noexcept { return rest_.size() == other.rest_.size(); }

    private:
        friend reply_lines;
        explicit iterator(std::string_view rest) : rest_(rest) {}
        std::string_view rest_;
    };

    reply_lines() {}
    reply_lines(std::initializer_list<std::string_view> all) {
        for (auto const one : all) push_back(one);
    }

    /// An LF in the line, which no reader leaves there, becomes a CR, so that it is still one line.
    void push_back(std::string_view line) {
        auto const before = static_cast<std::ptrdiff_t>(text_.size());
        text_ += line;
        std::ranges::replace(text_.begin() + before, text_.end(), line_end, '\r');
        text_ += line_end;
    }
    std::size_t size() const { return static_cast<std::size_t>(std::ranges::count(text_, line_end)); }
    bool empty() const noexcept { return text_.empty(); }
    /// Returns the first line; an empty one if there is none.
    std::string_view front() const { return *begin(); }
    iterator begin() const noexcept { return iterator(text_); }
    iterator end() const noexcept { return iterator(); }
    bool operator==(reply_lines const&) const = default;

private:
    static constexpr char line_end = '\n';

    std::string text_;  ///< each line with a LF
};

}  // namespace callout::core
