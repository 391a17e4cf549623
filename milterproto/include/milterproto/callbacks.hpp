#pragma once

#include <concepts>
#include <cstdint>
#include <tuple>
#include <type_traits>

#include "milterproto/context.hpp"
#include "milterproto/core/filter/event.hpp"
#include "milterproto/core/wire/negotiation.hpp"
#include "milterproto/declarations.hpp"
#include "milterproto/eom_actions.hpp"
#include "milterproto/task.hpp"
#include "milterproto/verdict.hpp"

/// Finds out which callbacks a handler has, and stops the build with a sentence where one could not be called
/// or returns what its stage does not have. There is one type for each callback, named after it.
namespace milterproto {

/// How a handler takes part at a stage: it has no such callback; the callback returns nothing, and the stage
/// is not answered where the MTA can do without (libmilter: SMFIS_NOREPLY); or the callback decides.
enum class interest { none, notify, decide };

namespace detail {

/// Says what a member function returns and takes.
template <class Member>
struct signature {
    static_assert(sizeof(Member) == 0, "milterproto: a callback is a member function, and not static");
    using returned = void;
    using taken = std::tuple<>;
};
template <class R, class C, class... A>
struct signature<R (C::*)(A...)> {
    using returned = R;
    using taken = std::tuple<A...>;
};
template <class R, class C, class... A>
struct signature<R (C::*)(A...) const> : signature<R (C::*)(A...)> {};
template <class R, class C, class... A>
struct signature<R (C::*)(A...) noexcept> : signature<R (C::*)(A...)> {};
template <class R, class C, class... A>
struct signature<R (C::*)(A...) const noexcept> : signature<R (C::*)(A...)> {};
template <class R, class C, class... A>
struct signature<R (C::*)(A...)&> : signature<R (C::*)(A...)> {};
template <class R, class C, class... A>
struct signature<R (C::*)(A...) const&> : signature<R (C::*)(A...)> {};

template <class Member>
using returned_by = typename signature<Member>::returned;

template <class Member, class Verdict>
inline constexpr bool returns =
    std::same_as<returned_by<Member>, Verdict> || std::same_as<returned_by<Member>, task<Verdict>> ||
    std::same_as<returned_by<Member>, void> || std::same_as<returned_by<Member>, task<void>>;

template <class Member>
inline constexpr interest interest_in =
    std::same_as<returned_by<Member>, void> || std::same_as<returned_by<Member>, task<void>>
        ? interest::notify
        : interest::decide;

template <class Taken>
inline constexpr bool is_edits = false;
template <edit Allowed>
inline constexpr bool is_edits<eom_actions<Allowed>> = true;

/// Checks every callback except on_eom, which alone changes messages, and on_negotiate, which alone
/// negotiates.
template <class Member, class Taken = typename signature<Member>::taken>
struct ordinary;
template <class Member, class... Taken>
struct ordinary<Member, std::tuple<Taken...>> {
    using type = Member;
    static_assert(
        (!is_edits<std::remove_cvref_t<Taken>> && ...),
        "milterproto: a message is changed at its end and nowhere else: take eom_actions in on_eom");
    static_assert(
        (!std::same_as<std::remove_cvref_t<Taken>, core::negotiation> && ...),
        "milterproto: macros and edits are agreed before all else: take negotiation in on_negotiate");
};
template <class Member>
using ordinary_callback = typename ordinary<Member>::type;

template <class Taken>
inline constexpr bool has_state = false;
template <class State>
inline constexpr bool has_state<message<State>> = !std::same_as<State, no_state>;

/// Checks every callback that sees a message.
template <class H, class Member, class Taken = typename signature<Member>::taken>
struct of_message;
template <class H, class Member, class... Taken>
struct of_message<H, Member, std::tuple<Taken...>> {
    using type = Member;
    static_assert(
        !std::same_as<message_of<H>, message<no_state>> || !(has_state<std::remove_cvref_t<Taken>> || ...),
        "milterproto: the handler names the state of its messages message_state: struct message_state "
        "{ ... }; or using message_state = my_state;");
};
template <class H, class Member>
using message_callback = typename of_message<H, ordinary_callback<Member>>::type;

}  // namespace detail

namespace callbacks {

/// libmilter: xxfi_connect.
struct on_connect {
    using event = connect_event;
    static constexpr std::uint32_t declined = core::step::no_connect;
    static constexpr std::uint32_t unanswered = core::step::no_reply_connect;
    static constexpr bool of_message = false;
    template <class H>
    static constexpr bool is_reachable = requires { &H::on_connect; };
    template <class H>
    static constexpr bool is_named = is_reachable<H> || !requires { &detail::with_all_names<H>::on_connect; };
    template <class H>
    static consteval interest interest_of() {
        if constexpr (is_named<H>) {
            static_assert(is_reachable<H>, "milterproto: on_connect is private, overloaded or a template");
            using member = detail::ordinary_callback<decltype(&H::on_connect)>;
            static_assert(std::is_invocable_v<member, H&, connection&, connect_event const&>,
                          "milterproto: on_connect takes (connection&, connect_event const&)");
            static_assert(
                detail::returns<member, session_verdict>,
                "milterproto: on_connect returns session_verdict or void, or a task of one of them");
            return detail::interest_in<member>;
        } else {
            return interest::none;
        }
    }
    template <class H>
    static auto call(H& handler, connection& peer, connect_event const& event) {
        return handler.on_connect(peer, event);
    }
};

/// libmilter: xxfi_helo.
struct on_helo {
    using event = helo_event;
    static constexpr std::uint32_t declined = core::step::no_helo;
    static constexpr std::uint32_t unanswered = core::step::no_reply_helo;
    static constexpr bool of_message = false;
    template <class H>
    static constexpr bool is_reachable = requires { &H::on_helo; };
    template <class H>
    static constexpr bool is_named = is_reachable<H> || !requires { &detail::with_all_names<H>::on_helo; };
    template <class H>
    static consteval interest interest_of() {
        if constexpr (is_named<H>) {
            static_assert(is_reachable<H>, "milterproto: on_helo is private, overloaded or a template");
            using member = detail::ordinary_callback<decltype(&H::on_helo)>;
            static_assert(std::is_invocable_v<member, H&, connection&, helo_event const&>,
                          "milterproto: on_helo takes (connection&, helo_event const&)");
            static_assert(detail::returns<member, session_verdict>,
                          "milterproto: on_helo returns session_verdict or void, or a task of one of them");
            return detail::interest_in<member>;
        } else {
            return interest::none;
        }
    }
    template <class H>
    static auto call(H& handler, connection& peer, helo_event const& event) {
        return handler.on_helo(peer, event);
    }
};

/// libmilter: xxfi_envfrom.
struct on_mail {
    using event = mail_event;
    static constexpr std::uint32_t declined = core::step::no_mail;
    static constexpr std::uint32_t unanswered = core::step::no_reply_mail;
    static constexpr bool of_message = true;
    template <class H>
    static constexpr bool is_reachable = requires { &H::on_mail; };
    template <class H>
    static constexpr bool is_named = is_reachable<H> || !requires { &detail::with_all_names<H>::on_mail; };
    template <class H>
    static consteval interest interest_of() {
        if constexpr (is_named<H>) {
            static_assert(is_reachable<H>, "milterproto: on_mail is private, overloaded or a template");
            using member = detail::message_callback<H, decltype(&H::on_mail)>;
            static_assert(
                std::is_invocable_v<member, H&, connection&, detail::message_of<H>&, mail_event const&>,
                "milterproto: on_mail takes (connection&, message<message_state>&, mail_event const&)");
            static_assert(detail::returns<member, message_verdict>,
                          "milterproto: on_mail returns message_verdict or void, or a task of one of them");
            return detail::interest_in<member>;
        } else {
            return interest::none;
        }
    }
    template <class H>
    static auto call(H& handler, connection& peer, detail::message_of<H>& mail, mail_event const& event) {
        return handler.on_mail(peer, mail, event);
    }
};

/// libmilter: xxfi_envrcpt.
struct on_rcpt {
    using event = rcpt_event;
    static constexpr std::uint32_t declined = core::step::no_rcpt;
    static constexpr std::uint32_t unanswered = core::step::no_reply_rcpt;
    static constexpr bool of_message = true;
    template <class H>
    static constexpr bool is_reachable = requires { &H::on_rcpt; };
    template <class H>
    static constexpr bool is_named = is_reachable<H> || !requires { &detail::with_all_names<H>::on_rcpt; };
    template <class H>
    static consteval interest interest_of() {
        if constexpr (is_named<H>) {
            static_assert(is_reachable<H>, "milterproto: on_rcpt is private, overloaded or a template");
            using member = detail::message_callback<H, decltype(&H::on_rcpt)>;
            static_assert(
                std::is_invocable_v<member, H&, connection&, detail::message_of<H>&, rcpt_event const&>,
                "milterproto: on_rcpt takes (connection&, message<message_state>&, rcpt_event const&)");
            static_assert(detail::returns<member, message_verdict>,
                          "milterproto: on_rcpt returns message_verdict or void, or a task of one of them");
            return detail::interest_in<member>;
        } else {
            return interest::none;
        }
    }
    template <class H>
    static auto call(H& handler, connection& peer, detail::message_of<H>& mail, rcpt_event const& event) {
        return handler.on_rcpt(peer, mail, event);
    }
};

/// libmilter: xxfi_data.
struct on_data {
    using event = data_event;
    static constexpr std::uint32_t declined = core::step::no_data;
    static constexpr std::uint32_t unanswered = core::step::no_reply_data;
    static constexpr bool of_message = true;
    template <class H>
    static constexpr bool is_reachable = requires { &H::on_data; };
    template <class H>
    static constexpr bool is_named = is_reachable<H> || !requires { &detail::with_all_names<H>::on_data; };
    template <class H>
    static consteval interest interest_of() {
        if constexpr (is_named<H>) {
            static_assert(is_reachable<H>, "milterproto: on_data is private, overloaded or a template");
            using member = detail::message_callback<H, decltype(&H::on_data)>;
            static_assert(std::is_invocable_v<member, H&, connection&, detail::message_of<H>&>,
                          "milterproto: on_data takes (connection&, message<message_state>&)");
            static_assert(detail::returns<member, message_verdict>,
                          "milterproto: on_data returns message_verdict or void, or a task of one of them");
            return detail::interest_in<member>;
        } else {
            return interest::none;
        }
    }
    template <class H>
    static auto call(H& handler, connection& peer, detail::message_of<H>& mail, data_event const&) {
        return handler.on_data(peer, mail);
    }
};

/// libmilter: xxfi_header.
struct on_header {
    using event = header_event;
    static constexpr std::uint32_t declined = core::step::no_headers;
    static constexpr std::uint32_t unanswered = core::step::no_reply_header;
    static constexpr bool of_message = true;
    template <class H>
    static constexpr bool is_reachable = requires { &H::on_header; };
    template <class H>
    static constexpr bool is_named = is_reachable<H> || !requires { &detail::with_all_names<H>::on_header; };
    template <class H>
    static consteval interest interest_of() {
        if constexpr (is_named<H>) {
            static_assert(is_reachable<H>, "milterproto: on_header is private, overloaded or a template");
            using member = detail::message_callback<H, decltype(&H::on_header)>;
            static_assert(
                std::is_invocable_v<member, H&, connection&, detail::message_of<H>&, header_event const&>,
                "milterproto: on_header takes (connection&, message<message_state>&, header_event const&)");
            static_assert(detail::returns<member, message_verdict>,
                          "milterproto: on_header returns message_verdict or void, or a task of one of them");
            return detail::interest_in<member>;
        } else {
            return interest::none;
        }
    }
    template <class H>
    static auto call(H& handler, connection& peer, detail::message_of<H>& mail, header_event const& event) {
        return handler.on_header(peer, mail, event);
    }
};

/// libmilter: xxfi_eoh.
struct on_eoh {
    using event = eoh_event;
    static constexpr std::uint32_t declined = core::step::no_end_of_headers;
    static constexpr std::uint32_t unanswered = core::step::no_reply_end_of_headers;
    static constexpr bool of_message = true;
    template <class H>
    static constexpr bool is_reachable = requires { &H::on_eoh; };
    template <class H>
    static constexpr bool is_named = is_reachable<H> || !requires { &detail::with_all_names<H>::on_eoh; };
    template <class H>
    static consteval interest interest_of() {
        if constexpr (is_named<H>) {
            static_assert(is_reachable<H>, "milterproto: on_eoh is private, overloaded or a template");
            using member = detail::message_callback<H, decltype(&H::on_eoh)>;
            static_assert(std::is_invocable_v<member, H&, connection&, detail::message_of<H>&>,
                          "milterproto: on_eoh takes (connection&, message<message_state>&)");
            static_assert(detail::returns<member, message_verdict>,
                          "milterproto: on_eoh returns message_verdict or void, or a task of one of them");
            return detail::interest_in<member>;
        } else {
            return interest::none;
        }
    }
    template <class H>
    static auto call(H& handler, connection& peer, detail::message_of<H>& mail, eoh_event const&) {
        return handler.on_eoh(peer, mail);
    }
};

/// libmilter: xxfi_body.
struct on_body {
    using event = body_event;
    static constexpr std::uint32_t declined = core::step::no_body;
    static constexpr std::uint32_t unanswered = core::step::no_reply_body;
    static constexpr bool of_message = true;
    template <class H>
    static constexpr bool is_reachable = requires { &H::on_body; };
    template <class H>
    static constexpr bool is_named = is_reachable<H> || !requires { &detail::with_all_names<H>::on_body; };
    template <class H>
    static consteval interest interest_of() {
        if constexpr (is_named<H>) {
            static_assert(is_reachable<H>, "milterproto: on_body is private, overloaded or a template");
            using member = detail::message_callback<H, decltype(&H::on_body)>;
            static_assert(
                std::is_invocable_v<member, H&, connection&, detail::message_of<H>&, body_event const&>,
                "milterproto: on_body takes (connection&, message<message_state>&, body_event const&)");
            static_assert(detail::returns<member, body_verdict>,
                          "milterproto: on_body returns body_verdict or void, or a task of one of them");
            return detail::interest_in<member>;
        } else {
            return interest::none;
        }
    }
    template <class H>
    static auto call(H& handler, connection& peer, detail::message_of<H>& mail, body_event const& event) {
        return handler.on_body(peer, mail, event);
    }
};

/// libmilter: xxfi_unknown.
struct on_unknown {
    using event = unknown_event;
    static constexpr std::uint32_t declined = core::step::no_unknown;
    static constexpr std::uint32_t unanswered = core::step::no_reply_unknown;
    static constexpr bool of_message = false;
    template <class H>
    static constexpr bool is_reachable = requires { &H::on_unknown; };
    template <class H>
    static constexpr bool is_named = is_reachable<H> || !requires { &detail::with_all_names<H>::on_unknown; };
    template <class H>
    static consteval interest interest_of() {
        if constexpr (is_named<H>) {
            static_assert(is_reachable<H>, "milterproto: on_unknown is private, overloaded or a template");
            using member = detail::ordinary_callback<decltype(&H::on_unknown)>;
            static_assert(std::is_invocable_v<member, H&, connection&, unknown_event const&>,
                          "milterproto: on_unknown takes (connection&, unknown_event const&)");
            static_assert(
                detail::returns<member, session_verdict>,
                "milterproto: on_unknown returns session_verdict or void, or a task of one of them");
            return detail::interest_in<member>;
        } else {
            return interest::none;
        }
    }
    template <class H>
    static auto call(H& handler, connection& peer, unknown_event const& event) {
        return handler.on_unknown(peer, event);
    }
};

/// libmilter: xxfi_negotiate.
struct on_negotiate {
    template <class H>
    static constexpr bool is_reachable = requires { &H::on_negotiate; };
    template <class H>
    static constexpr bool is_named =
        is_reachable<H> || !requires { &detail::with_all_names<H>::on_negotiate; };
    template <class H>
    static consteval interest interest_of() {
        if constexpr (is_named<H>) {
            static_assert(is_reachable<H>, "milterproto: on_negotiate is private, overloaded or a template");
            using member = decltype(&H::on_negotiate);
            static_assert(std::is_invocable_v<member, H&, connection&, core::negotiation&>,
                          "milterproto: on_negotiate takes (connection&, negotiation&)");
            static_assert(detail::returns<member, negotiate_verdict>,
                          "milterproto: on_negotiate returns negotiate_verdict, or a task of it");
            static_assert(detail::interest_in<member> == interest::decide,
                          "milterproto: on_negotiate returns negotiate_verdict, or a task of it");
            return interest::decide;
        } else {
            return interest::none;
        }
    }
    template <class H>
    static auto call(H& handler, connection& peer, core::negotiation& what) {
        return handler.on_negotiate(peer, what);
    }
};

/// libmilter: xxfi_eom. With a third parameter the filter changes messages; its type says how.
struct on_eom {
    using event = eom_event;
    static constexpr bool of_message = true;
    template <class H>
    static constexpr bool is_reachable = requires { &H::on_eom; };
    template <class H>
    static constexpr bool is_named = is_reachable<H> || !requires { &detail::with_all_names<H>::on_eom; };

    template <class Taken>
    struct edits_in;
    template <class... Others>
    struct edits_in<std::tuple<Others...>> {
        static constexpr edit allowed = edit::none;
        static constexpr bool is_there = false;
    };
    template <class Peer, class Mail, edit Allowed>
    struct edits_in<std::tuple<Peer, Mail, eom_actions<Allowed>&>> {
        static constexpr edit allowed = Allowed;
        static constexpr bool is_there = true;
    };
    template <class H>
    using edits_of = edits_in<typename detail::signature<decltype(&H::on_eom)>::taken>;

    template <class H>
    static consteval interest interest_of() {
        if constexpr (is_named<H>) {
            static_assert(is_reachable<H>, "milterproto: on_eom is private, overloaded or a template");
            using member = typename detail::of_message<H, decltype(&H::on_eom)>::type;
            using actions = eom_actions<edits_of<H>::allowed>;
            constexpr bool takes_edits =
                std::is_invocable_v<member, H&, connection&, detail::message_of<H>&, actions&>;
            static_assert(takes_edits || std::is_invocable_v<member, H&, connection&, detail::message_of<H>&>,
                          "milterproto: on_eom takes (connection&, message<message_state>&), and may take "
                          "eom_actions<edits>& as its third");
            static_assert(
                detail::returns<member, message_verdict> && detail::interest_in<member> == interest::decide,
                "milterproto: on_eom returns message_verdict, or a task of it: the end of a message "
                "is always answered");
            return interest::decide;
        } else {
            return interest::none;
        }
    }
    template <class H>
    static constexpr edit edits() {
        if constexpr (interest_of<H>() == interest::none) {
            return edit::none;
        } else {
            return edits_of<H>::allowed;
        }
    }
    template <class H>
    static auto call(H& handler, connection& peer, detail::message_of<H>& mail,
                     eom_actions<edits<H>()>& actions) {
        if constexpr (edits_of<H>::is_there) {
            return handler.on_eom(peer, mail, actions);
        } else {
            return handler.on_eom(peer, mail);
        }
    }
};

/// libmilter: xxfi_abort.
struct on_abort {
    template <class H>
    static constexpr bool is_reachable = requires { &H::on_abort; };
    template <class H>
    static constexpr bool is_named = is_reachable<H> || !requires { &detail::with_all_names<H>::on_abort; };
    template <class H>
    static consteval interest interest_of() {
        if constexpr (is_named<H>) {
            static_assert(is_reachable<H>, "milterproto: on_abort is private, overloaded or a template");
            using member = detail::message_callback<H, decltype(&H::on_abort)>;
            static_assert(std::is_invocable_v<member, H&, connection&, detail::message_of<H>&>,
                          "milterproto: on_abort takes (connection&, message<message_state>&)");
            static_assert(detail::returns<member, void>,
                          "milterproto: on_abort returns void, or a task of void");
            return detail::interest_in<member>;
        } else {
            return interest::none;
        }
    }
    template <class H>
    static auto call(H& handler, connection& peer, detail::message_of<H>& mail) {
        return handler.on_abort(peer, mail);
    }
};

/// libmilter: xxfi_close.
struct on_close {
    template <class H>
    static constexpr bool is_reachable = requires { &H::on_close; };
    template <class H>
    static constexpr bool is_named = is_reachable<H> || !requires { &detail::with_all_names<H>::on_close; };
    template <class H>
    static consteval interest interest_of() {
        if constexpr (is_named<H>) {
            static_assert(is_reachable<H>, "milterproto: on_close is private, overloaded or a template");
            using member = detail::ordinary_callback<decltype(&H::on_close)>;
            static_assert(std::is_invocable_v<member, H&, connection&>,
                          "milterproto: on_close takes (connection&)");
            static_assert(detail::returns<member, void>,
                          "milterproto: on_close returns void, or a task of void");
            return detail::interest_in<member>;
        } else {
            return interest::none;
        }
    }
    template <class H>
    static auto call(H& handler, connection& peer) {
        return handler.on_close(peer);
    }
};

}  // namespace callbacks

}  // namespace milterproto
