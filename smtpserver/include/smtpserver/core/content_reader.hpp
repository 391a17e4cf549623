#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "smtpserver/core/content.hpp"

namespace smtpserver::core {

/// Finds the end of a message that DATA began, and takes the dots out that its sender put in (RFC
/// 5321 4.5.2). It keeps no part of the message; each byte is looked at once.
class content_reader {
public:
    content_reader(bare_line_ends mode, std::size_t most_line) : mode_(mode), most_line_(most_line) {}

    /// Takes input up to the end of the message, and appends what belongs to the message to `into`. Returns
    /// how many bytes of input it took.
    std::size_t read(std::string_view input, std::string& into);
    bool is_complete() const noexcept { return at_ == place::end; }
    content_faults const& faults() const noexcept { return faults_; }

private:
    enum class place : std::uint8_t {
        line_start,  ///< at the start of the message, or after CR LF
        dot,         ///< after a dot there
        dot_cr,
        in_line,
        cr,
        end,
    };

    std::size_t take_run(std::string_view input, std::string& into);
    void step(char c, std::string& into);
    void put(char c, std::string& into);
    void put_line_feed(std::string& into);
    void put_bare_cr(std::string& into);
    void grow_line(std::size_t by);

    bare_line_ends mode_;
    std::size_t most_line_;
    place at_ = place::line_start;
    std::size_t line_ = 0;  ///< bytes of the line so far
    content_faults faults_;
};

}  // namespace smtpserver::core
