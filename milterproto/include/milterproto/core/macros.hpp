#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "milterproto/core/message.hpp"

namespace milterproto::core {

/// The macros of a connection, kept as they came and read when somebody asks: they are half of all packets,
/// and most filters look at few of them.
///
/// A set lives until the next one of its stage, or until a command of an earlier stage begins anew
/// (milter-protocol.md 4.2): those of connect and helo last as long as the connection.
class macro_store {
public:
    /// The payload of a macro frame. A letter that is no stage (Postfix sends L, B and U) is ignored.
    void set(std::string_view payload);
    /// Before `what` is processed: forgets the sets of later stages.
    void begin(command what) noexcept;
    void clear() noexcept;
    /// The latest stage's value. `j` also finds `{j}`.
    std::optional<std::string_view> find(std::string_view name) const noexcept;

private:
    std::array<std::string, macro_stages> sets_;  ///< in the order of the protocol
};

}  // namespace milterproto::core
