#include "record/frame_tap.hpp"

#include <algorithm>

#include "milterproto/core/wire/codec.hpp"

namespace testmta::record {

std::vector<std::string> frame_tap::take(std::string_view octets) {
    if (is_broken_) return {std::string(octets)};
    auto const room = reader_.prepare(octets.size());
    std::ranges::copy(octets, room.begin());
    reader_.commit(octets.size());
    std::vector<std::string> found;
    for (;;) {
        auto const next = reader_.next();
        if (!next) {
            is_broken_ = true;
            found.emplace_back(reader_.unread());
            return found;
        }
        if (!*next) return found;
        milterproto::core::append_frame(found.emplace_back(), (*next)->letter, (*next)->payload);
    }
}

std::string frame_tap::rest() const {
    return is_broken_ ? std::string() : std::string(reader_.unread());
}

}  // namespace testmta::record
