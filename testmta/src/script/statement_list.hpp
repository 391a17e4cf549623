#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "text/lexer.hpp"

namespace testmta::run {

/// The statements of one file, and where its blocks end.
class statement_list {
public:
    statement_list(std::string folder, std::vector<text::statement> all)
        : folder_(std::move(folder)), all_(std::move(all)) {}

    std::size_t size() const noexcept { return all_.size(); }
    text::statement const& operator[](std::size_t at) const { return all_[at]; }
    std::string const& folder() const noexcept { return folder_; }

    /// Returns whether the statement begins a block, which ends with "end".
    bool is_head(std::size_t at) const;
    /// Returns the index of the "end" of the block, or the number of statements if there is none.
    std::size_t end_of(std::size_t head) const;
    /// Returns the index of the "else" that belongs to this "if", or that of its end.
    std::size_t else_of(std::size_t head) const;
    /// Returns the first statement after the block, or after the statement if it begins none.
    std::size_t after(std::size_t at) const;

private:
    bool begins_with(std::size_t at, std::string_view word) const;

    std::string folder_;
    std::vector<text::statement> all_;
};

/// Part of a file.
struct statement_range {
    std::shared_ptr<statement_list const> file;
    std::size_t from, to;
};

}  // namespace testmta::run
