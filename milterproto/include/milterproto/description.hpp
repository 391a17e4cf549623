#pragma once

#include <span>
#include <string>
#include <string_view>

#include "milterproto/handler.hpp"

namespace milterproto {

namespace detail {

struct described_callback {
    std::string_view name;
    interest how;
};
std::string describe(std::span<described_callback const> all, core::filter_wishes const& wishes);

}  // namespace detail

/// Returns in words what the library found in a handler, and what an MTA will be asked for because of it, one
/// thing a line:
///
///     callbacks: on_mail, on_header (not answered), on_eom
///     edits: add_header
///     macros at connect: j {client_addr}
///     extras: leading_space
///
/// A program may print it when it starts, and a test may compare it: a callback that is missing there is
/// never called. What `on_negotiate` decides later is not in it.
template <class H>
[[nodiscard]] std::string description_of() {
    using namespace callbacks;
    detail::refuse_other_names<H>();
    detail::described_callback const all[] = {
        {"on_negotiate", on_negotiate::interest_of<H>()}, {"on_connect", on_connect::interest_of<H>()},
        {"on_helo", on_helo::interest_of<H>()},           {"on_mail", on_mail::interest_of<H>()},
        {"on_rcpt", on_rcpt::interest_of<H>()},           {"on_data", on_data::interest_of<H>()},
        {"on_header", on_header::interest_of<H>()},       {"on_eoh", on_eoh::interest_of<H>()},
        {"on_body", on_body::interest_of<H>()},           {"on_eom", on_eom::interest_of<H>()},
        {"on_unknown", on_unknown::interest_of<H>()},     {"on_abort", on_abort::interest_of<H>()},
        {"on_close", on_close::interest_of<H>()}};
    return detail::describe(all, wishes_of<H>());
}

}  // namespace milterproto
