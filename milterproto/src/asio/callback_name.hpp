#pragma once

#include <string_view>
#include <variant>

#include "milterproto/core/filter/filter_session.hpp"

namespace milterproto::detail {

/// Returns the member of a handler that an event is shown to.
inline std::string_view callback_name(core::filter_event const& event) {
    struct names {
        std::string_view operator()(core::negotiate_event const&) const { return "on_negotiate"; }
        std::string_view operator()(connect_event const&) const { return "on_connect"; }
        std::string_view operator()(helo_event const&) const { return "on_helo"; }
        std::string_view operator()(mail_event const&) const { return "on_mail"; }
        std::string_view operator()(rcpt_event const&) const { return "on_rcpt"; }
        std::string_view operator()(data_event const&) const { return "on_data"; }
        std::string_view operator()(header_event const&) const { return "on_header"; }
        std::string_view operator()(eoh_event const&) const { return "on_eoh"; }
        std::string_view operator()(body_event const&) const { return "on_body"; }
        std::string_view operator()(eom_event const&) const { return "on_eom"; }
        std::string_view operator()(unknown_event const&) const { return "on_unknown"; }
        std::string_view operator()(core::abort_event const&) const { return "on_abort"; }
        std::string_view operator()(core::close_event const&) const { return "on_close"; }
        std::string_view operator()(core::need_input) const { return {}; }
        std::string_view operator()(core::turn_over) const { return {}; }
        std::string_view operator()(core::finished) const { return {}; }
    };
    return std::visit(names(), event);
}

}  // namespace milterproto::detail
