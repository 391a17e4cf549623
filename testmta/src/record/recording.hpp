#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "milterproto/core/wire/frame.hpp"
#include "run/decode.hpp"
#include "script/expectation.hpp"
#include "text/mistakes.hpp"
#include "text/source.hpp"

/// What milter connections carried, as a text that people can read and change: one frame a line.
namespace testmta::record {

/// A frame, or bytes that are none, or the end of what a side sends.
class recorded {
public:
    std::size_t session = 1;
    run::duration when{};  ///< since the session began
    run::sender from = run::sender::mta;
    std::string octets;      ///< empty: that side has closed
    std::size_t offset = 0;  ///< of the line in its file
};

/// Returns the frame if the bytes are exactly one; a view of them.
std::optional<milterproto::core::frame> frame_in(std::string_view octets);

/// Returns the first line of a recording.
std::string_view heading();
/// Returns the line of a frame, with its decoded form as a comment; a long frame takes several lines, joined
/// by backslashes.
std::string line_of(recorded const& what);

/// Returns what a recording has, in its order. If it adds anything to `wrong`, nothing must be done with it.
std::vector<recorded> read_recording(text::source const& file, text::mistakes& wrong);

}  // namespace testmta::record
