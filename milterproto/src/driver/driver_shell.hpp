#pragma once

#include <string_view>
#include <vector>

#include "milterproto/core/filter/macro_check.hpp"

namespace milterproto::detail {

/// What a driver asks of its shell, and tells it, while the shell calls it.
class driver_shell {
public:
    /// Sends a filter's sign of progress, and the edits before it, as far as that is possible without waiting
    /// for the MTA.
    virtual void send_now() = 0;
    virtual void on_exception(core::filter_event const& at, std::string_view what) = 0;
    virtual void on_misplaced_verdict(core::filter_event const& at) = 0;
    /// `text` is the reply as the filter gave it.
    virtual void on_reply_in_ascii(core::filter_event const& /*at*/, std::string_view /*text*/) {}
    virtual void on_missing_macros(std::vector<core::missing_macro> const&) {}

protected:
    ~driver_shell() = default;
};

}  // namespace milterproto::detail
