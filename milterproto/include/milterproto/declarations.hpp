#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "milterproto/context.hpp"
#include "milterproto/core/wire/negotiation.hpp"

/// What a handler may declare besides its callbacks: message_state, macros, extras, wishes. The build stops
/// with a sentence where one of them is not what it should be; none is ignored in silence.
namespace milterproto {

using core::macro_stage;

/// The macros that the MTA is to send with a stage, separated by blanks. They replace the MTA's own list of
/// that stage: a macro that is not named here does not come (libmilter: smfi_setsymlist with SMFIM_CONNECT,
/// SMFIM_HELO, SMFIM_ENVFROM, SMFIM_ENVRCPT, SMFIM_DATA, SMFIM_EOH, SMFIM_EOM).
struct macro_request {
    macro_stage stage;
    std::string_view names;
};

/// What an MTA does only on request.
enum class extra : std::uint32_t {
    none = 0,
    /// Recipients that the MTA has refused itself are shown too (SMFIP_RCPT_REJ).
    rejected_recipients = core::step::rejected_recipients,
    /// Header values include what stands between the colon and the first letter (SMFIP_HDR_LEADSPC).
    leading_space = core::step::header_leading_space,
};
constexpr extra operator|(extra a, extra b) {
    return extra(std::uint32_t(a) | std::uint32_t(b));
}

namespace detail {

/// Has every name once more, as a second base: a name that becomes ambiguous is one of the handler's, even if
/// it is private, overloaded or a template, so that it can be told apart from a name that is missing. This
/// does not work for a final class: its private members go unseen.
struct all_names {
    void on_negotiate(), on_connect(), on_helo(), on_mail(), on_rcpt(), on_data(), on_header(), on_eoh(),
        on_body(), on_eom(), on_unknown(), on_abort(), on_close();
    void message_state(), macros(), extras(), wishes();
};
template <class H>
struct with_all_names : H, all_names {};
template <class H>
    requires std::is_final_v<H>
struct with_all_names<H> : all_names {};

template <class H>
struct state_of {
    static_assert(
        requires { &with_all_names<H>::message_state; },
        "milterproto: message_state is private, or is not a type");
    using type = no_state;
};
template <class H>
    requires requires { typename H::message_state; }
struct state_of<H> {
    using type = typename H::message_state;
    static_assert(std::is_default_constructible_v<type>,
                  "milterproto: message_state is made anew for each message, so it must be default "
                  "constructible");
};
template <class H>
using message_of = message<typename state_of<H>::type>;

}  // namespace detail

namespace declarations {

struct macros {
    template <class H>
    static constexpr bool is_right = requires { std::span<macro_request const>(*&H::macros); };
    template <class H>
    static constexpr bool is_named =
        requires { H::macros; } || !requires { &detail::with_all_names<H>::macros; };

    template <class H>
    static void add_to(core::filter_wishes& wishes) {
        if constexpr (is_named<H>) {
            static_assert(is_right<H>,
                          "milterproto: macros is declared as: static constexpr macro_request macros[]");
            for (auto const& one : std::span<macro_request const>(H::macros))
                wishes.macros[static_cast<std::size_t>(one.stage)] = std::string(one.names);
        }
    }
};

struct extras {
    template <class H>
    static constexpr bool is_right =
        requires { requires std::is_same_v<std::remove_cvref_t<decltype(*&H::extras)>, extra>; };
    template <class H>
    static constexpr bool is_named =
        requires { H::extras; } || !requires { &detail::with_all_names<H>::extras; };

    template <class H>
    static void add_to(core::filter_wishes& wishes) {
        if constexpr (is_named<H>) {
            static_assert(is_right<H>, "milterproto: extras is declared as: static constexpr extra extras");
            wishes.wanted_steps |= std::uint32_t(H::extras);
        }
    }
};

struct wishes {
    template <class H>
    static constexpr bool is_right =
        requires { requires std::is_same_v<decltype(H::wishes()), core::filter_wishes>; };
    template <class H>
    static constexpr bool is_named =
        requires { &H::wishes; } || !requires { &detail::with_all_names<H>::wishes; };

    template <class H>
    static core::filter_wishes of() {
        if constexpr (is_named<H>) {
            static_assert(is_right<H>,
                          "milterproto: wishes is declared as: static core::filter_wishes wishes()");
            return H::wishes();
        } else {
            return {};
        }
    }
};

}  // namespace declarations

}  // namespace milterproto
