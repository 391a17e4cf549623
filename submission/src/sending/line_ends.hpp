#pragma once

#include <string>
#include <string_view>

namespace submission::sending {

/// Makes CR LF of every line end, whatever it was: LF, CR, CR LF. A line end that the peer sees and we do not
/// would let a message end early, and another one begin in it (CERT VU#302671). Takes text in pieces.
class line_ends {
public:
    void feed(std::string_view piece, std::string& into);
    /// Ends the last line if it has no end.
    void finish(std::string& into);

private:
    void append_line(std::string_view line, std::string& into);

    bool after_cr_ = false;  ///< the last byte was a CR, for which CR LF has been written
    bool in_line_ = false;   ///< the last line has no end yet
};

}  // namespace submission::sending
