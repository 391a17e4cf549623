#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace milterproto::detail {

/// The first octets of a connection, kept until a packet is understood: they show what a peer speaks that is
/// not an MTA.
class opening {
public:
    void note(std::span<char const> octets) noexcept {
        auto const count = std::min(octets.size(), octets_.size() - size_);
        std::copy_n(octets.begin(), count, octets_.begin() + size_);
        size_ += count;
    }
    std::string_view text() const noexcept { return {octets_.data(), size_}; }

private:
    std::array<char, 64> octets_;
    std::size_t size_ = 0;
};

}  // namespace milterproto::detail
