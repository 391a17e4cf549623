#pragma once

#include <string>
#include <string_view>

#include "submission/batch.hpp"

namespace submission::sending {

/// Adds the headers that a message lacks after the others. Takes text with line ends in pieces; keeps at most
/// one line of it.
class header_completion {
public:
    /// What is empty is not added. Borrowed.
    explicit header_completion(message::additions const& missing) : missing_(missing) {}

    void feed(std::string_view piece, std::string& into);
    void finish(std::string& into);
    bool is_over() const noexcept { return over_; }

private:
    void take_line(std::string_view line, std::string& into);
    void note(std::string_view field);
    void add_missing(std::string& into);

    message::additions const& missing_;
    std::string line_;           ///< the beginning of a line
    bool in_long_line_ = false;  ///< of which the beginning was looked at
    bool over_ = false;
    bool any_field_ = false;
    bool has_date_ = false, has_message_id_ = false, has_from_ = false;
};

}  // namespace submission::sending
