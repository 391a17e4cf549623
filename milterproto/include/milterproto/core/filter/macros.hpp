#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "milterproto/core/limits.hpp"
#include "milterproto/core/wire/message.hpp"

namespace milterproto::core {

/// The macros of a connection, kept as they came and read when somebody asks: they are half of all packets,
/// and most filters look at few of them.
///
/// A set lives until the next one of its stage, or until a command of an earlier stage begins anew
/// (milter-protocol.md 4.2): those of connect and helo last as long as the connection. All sets lie in one
/// piece of memory, because there are as many stores as connections, and each in the order in which it came,
/// so that a new set moves no other. What replaced sets leave behind is squeezed out once it is as much as
/// what is kept; so the work for all sets that come is linear in their bytes.
///
/// The MTA's client may choose values, and whoever reaches the socket may choose all: what is beyond
/// limits::macros and limits::macros_of_stage is dropped and counted.
class macro_store {
public:
    /// Takes the payload of a macro frame. A letter without a stage (Postfix sends L, B and U) is ignored.
    void set(std::string_view payload);
    /// Forgets the sets of later stages. To be called before `what` is processed.
    void begin(command what) noexcept;
    void clear() noexcept;
    /// Gives back what a message needed and an idle connection does not.
    void shrink();
    /// Returns the value in the latest set that has the name, if it has a value there. `j` also finds `{j}`.
    std::optional<std::string_view> find(std::string_view name) const noexcept;

    /// Returns how many macros were dropped so far because there was no room for them.
    std::uint64_t dropped() const noexcept { return dropped_; }
    /// Returns how many bytes of memory the sets take.
    std::size_t memory() const noexcept { return bytes_.capacity(); }

private:
    struct place {
        std::uint16_t begin = 0;
        std::uint16_t size = 0;
    };
    /// What is kept, and as much that was left behind.
    static constexpr std::size_t most_bytes = 2 * limits::macros;
    static_assert(most_bytes <= UINT16_MAX, "a place reaches as far as the sets");

    std::string_view fitting(std::string_view set);
    void make_room(std::size_t size);
    void forget(place& which) noexcept;
    void forget_after(std::size_t stage) noexcept;
    void squeeze() noexcept;

    std::vector<char> bytes_;                   ///< grows to what is reserved, unlike a string
    std::array<place, macro_stages> places_{};  ///< in the order of the protocol
    std::size_t kept_ = 0;                      ///< bytes of the sets that are there
    std::uint64_t dropped_ = 0;
};

}  // namespace milterproto::core
