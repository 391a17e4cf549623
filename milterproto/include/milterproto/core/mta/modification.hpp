#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "milterproto/core/error.hpp"
#include "milterproto/core/wire/message.hpp"

namespace milterproto::core {

/// A change that a filter asks for at the end of the message. Views live as long as the frame.
struct modification {
    answer what = answer::progress;
    std::uint32_t index = 0;   ///< of insert_header and change_header
    std::string_view subject;  ///< a header's name, an address, a reason, or bytes of a body
    std::string_view value;    ///< a header's value, or the ESMTP arguments of an address
    /// Whether strings follow those that the change has. Postfix and Sendmail treat them differently.
    bool has_trailing = false;
};

/// Reads the payload of a modification; an error where strings are missing.
[[nodiscard]] result<modification> decode_modification(answer what, std::string_view payload) noexcept;

}  // namespace milterproto::core
