#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "milterproto/core/wire/frame.hpp"

namespace testmta::record {

/// Cuts what passes in one direction into frames, to be written down. What is not a frame comes as it is.
class frame_tap {
public:
    frame_tap() : reader_(milterproto::limits::payload_1m) {}

    /// Returns the frames that are whole now, with their lengths.
    std::vector<std::string> take(std::string_view octets);
    /// Returns what is left at the end: the beginning of a frame, or nothing.
    std::string rest() const;

private:
    milterproto::core::frame_reader reader_;
    bool is_broken_ = false;  ///< no frame can be found any more
};

}  // namespace testmta::record
