#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "milterproto/filter.hpp"

/// A handler is any class with some of these members; what is absent is declined at negotiation, and what
/// returns task<void> is not answered, where the MTA can do without.
///
///     task<session_verdict> on_connect(connection&, connect_event const&)          xxfi_connect
///     task<session_verdict> on_helo(connection&, helo_event const&)                xxfi_helo
///     task<message_verdict> on_mail(connection&, message<State>&, mail_event const&)      xxfi_envfrom
///     task<message_verdict> on_rcpt(connection&, message<State>&, rcpt_event const&)      xxfi_envrcpt
///     task<message_verdict> on_data(connection&, message<State>&)                         xxfi_data
///     task<message_verdict> on_header(connection&, message<State>&, header_event const&)  xxfi_header
///     task<message_verdict> on_eoh(connection&, message<State>&)                          xxfi_eoh
///     task<body_verdict>    on_body(connection&, message<State>&, body_event const&)      xxfi_body
///     task<message_verdict> on_eom(connection&, message<State>&)                          xxfi_eom
///     task<session_verdict> on_unknown(connection&, unknown_event const&)          xxfi_unknown
///     task<void>            on_abort(connection&, message<State>&)                        xxfi_abort
///     task<void>            on_close(connection&)                                  xxfi_close
///
/// `State` is the handler's own `message_state`, if it declares that type. A static member `wishes()` may
/// return a core::filter_wishes with actions, macro lists and steps beyond what the callbacks say.
namespace milterproto {

enum class interest { none, notify, decide };

namespace detail {

template <class H>
struct state_of {
    using type = no_state;
};
template <class H>
    requires requires { typename H::message_state; }
struct state_of<H> {
    using type = typename H::message_state;
};

template <class Member>
struct returned_by;
template <class R, class C, class... A>
struct returned_by<R (C::*)(A...)> {
    using type = R;
};

template <class Member, class Verdict>
consteval interest classify() {
    using returned = typename returned_by<Member>::type;
    if constexpr (std::same_as<returned, task<void>>) {
        return interest::notify;
    } else {
        static_assert(std::same_as<returned, task<Verdict>>,
                      "a callback returns task<void>, or a task of the verdict of its stage");
        return interest::decide;
    }
}

template <class Verdict>
task<any_verdict> as_any(task<Verdict> of_stage) {
    co_return co_await std::move(of_stage);
}
inline task<any_verdict> as_any(task<void> notified) {
    co_await std::move(notified);
    co_return core::answer::proceed;
}
inline task<any_verdict> let_pass() {
    co_return core::answer::proceed;
}

}  // namespace detail

/// Is there such a callback, and does its result matter? One function for each stage.
template <class H>
consteval interest interest_in_connect() {
    if constexpr (requires { &H::on_connect; }) {
        return detail::classify<decltype(&H::on_connect), session_verdict>();
    } else {
        return interest::none;
    }
}
template <class H>
consteval interest interest_in_helo() {
    if constexpr (requires { &H::on_helo; }) {
        return detail::classify<decltype(&H::on_helo), session_verdict>();
    } else {
        return interest::none;
    }
}
template <class H>
consteval interest interest_in_mail() {
    if constexpr (requires { &H::on_mail; }) {
        return detail::classify<decltype(&H::on_mail), message_verdict>();
    } else {
        return interest::none;
    }
}
template <class H>
consteval interest interest_in_rcpt() {
    if constexpr (requires { &H::on_rcpt; }) {
        return detail::classify<decltype(&H::on_rcpt), message_verdict>();
    } else {
        return interest::none;
    }
}
template <class H>
consteval interest interest_in_data() {
    if constexpr (requires { &H::on_data; }) {
        return detail::classify<decltype(&H::on_data), message_verdict>();
    } else {
        return interest::none;
    }
}
template <class H>
consteval interest interest_in_header() {
    if constexpr (requires { &H::on_header; }) {
        return detail::classify<decltype(&H::on_header), message_verdict>();
    } else {
        return interest::none;
    }
}
template <class H>
consteval interest interest_in_eoh() {
    if constexpr (requires { &H::on_eoh; }) {
        return detail::classify<decltype(&H::on_eoh), message_verdict>();
    } else {
        return interest::none;
    }
}
template <class H>
consteval interest interest_in_body() {
    if constexpr (requires { &H::on_body; }) {
        return detail::classify<decltype(&H::on_body), body_verdict>();
    } else {
        return interest::none;
    }
}
template <class H>
consteval interest interest_in_eom() {
    if constexpr (requires { &H::on_eom; }) {
        return detail::classify<decltype(&H::on_eom), message_verdict>();
    } else {
        return interest::none;
    }
}
template <class H>
consteval interest interest_in_unknown() {
    if constexpr (requires { &H::on_unknown; }) {
        return detail::classify<decltype(&H::on_unknown), session_verdict>();
    } else {
        return interest::none;
    }
}

/// What the callbacks of a handler type say to an MTA.
template <class H>
core::filter_wishes wishes_of() {
    struct stage {
        interest how;
        std::uint32_t declined, unanswered;
    };
    constexpr stage stages[] = {
        {interest_in_connect<H>(), core::step::no_connect, core::step::no_reply_connect},
        {interest_in_helo<H>(), core::step::no_helo, core::step::no_reply_helo},
        {interest_in_mail<H>(), core::step::no_mail, core::step::no_reply_mail},
        {interest_in_rcpt<H>(), core::step::no_rcpt, core::step::no_reply_rcpt},
        {interest_in_data<H>(), core::step::no_data, core::step::no_reply_data},
        {interest_in_header<H>(), core::step::no_headers, core::step::no_reply_header},
        {interest_in_eoh<H>(), core::step::no_end_of_headers, core::step::no_reply_end_of_headers},
        {interest_in_body<H>(), core::step::no_body, core::step::no_reply_body},
        {interest_in_unknown<H>(), core::step::no_unknown, core::step::no_reply_unknown},
    };
    core::filter_wishes wishes;
    if constexpr (requires { H::wishes(); }) wishes = H::wishes();
    for (auto const& stage : stages) {
        if (stage.how == interest::none) wishes.wanted_steps |= stage.declined;
        if (stage.how == interest::notify) wishes.wanted_steps |= stage.unanswered;
    }
    if (interest_in_body<H>() != interest::none) wishes.wanted_steps |= core::step::skip;
    return wishes;
}

/// A handler as a `filter`: holds the handler of one milter connection and the message under way.
template <class H>
class handler_filter final : public filter {
public:
    explicit handler_filter(H handler) : handler_(std::move(handler)) {}

    core::filter_wishes wishes() const override { return wishes_of<H>(); }

    void settled(core::filter_event const& event, any_verdict const& verdict, message_is state) override {
        auto const* recipient = std::get_if<rcpt_event>(&event);
        if (recipient != nullptr && verdict.code() == core::answer::proceed)
            now().add_recipient(recipient->path);
        if (state == message_is::over) message_.reset();
    }

    task<any_verdict> call([[maybe_unused]] connection& peer,
                           [[maybe_unused]] connect_event const& event) override {
        if constexpr (interest_in_connect<H>() != interest::none) {
            return detail::as_any(handler_.on_connect(peer, event));
        } else {
            return detail::let_pass();
        }
    }
    task<any_verdict> call([[maybe_unused]] connection& peer,
                           [[maybe_unused]] helo_event const& event) override {
        if constexpr (interest_in_helo<H>() != interest::none) {
            return detail::as_any(handler_.on_helo(peer, event));
        } else {
            return detail::let_pass();
        }
    }
    task<any_verdict> call([[maybe_unused]] connection& peer,
                           [[maybe_unused]] mail_event const& event) override {
        message_.emplace(event.path);
        if constexpr (interest_in_mail<H>() != interest::none) {
            return detail::as_any(handler_.on_mail(peer, now(), event));
        } else {
            return detail::let_pass();
        }
    }
    task<any_verdict> call([[maybe_unused]] connection& peer,
                           [[maybe_unused]] rcpt_event const& event) override {
        if constexpr (interest_in_rcpt<H>() != interest::none) {
            return detail::as_any(handler_.on_rcpt(peer, now(), event));
        } else {
            return detail::let_pass();
        }
    }
    task<any_verdict> call([[maybe_unused]] connection& peer,
                           [[maybe_unused]] data_event const& event) override {
        if constexpr (interest_in_data<H>() != interest::none) {
            return detail::as_any(handler_.on_data(peer, now()));
        } else {
            return detail::let_pass();
        }
    }
    task<any_verdict> call([[maybe_unused]] connection& peer,
                           [[maybe_unused]] header_event const& event) override {
        if constexpr (interest_in_header<H>() != interest::none) {
            return detail::as_any(handler_.on_header(peer, now(), event));
        } else {
            return detail::let_pass();
        }
    }
    task<any_verdict> call([[maybe_unused]] connection& peer,
                           [[maybe_unused]] eoh_event const& event) override {
        if constexpr (interest_in_eoh<H>() != interest::none) {
            return detail::as_any(handler_.on_eoh(peer, now()));
        } else {
            return detail::let_pass();
        }
    }
    task<any_verdict> call([[maybe_unused]] connection& peer,
                           [[maybe_unused]] body_event const& event) override {
        if constexpr (interest_in_body<H>() != interest::none) {
            return detail::as_any(handler_.on_body(peer, now(), event));
        } else {
            return detail::let_pass();
        }
    }
    task<any_verdict> call([[maybe_unused]] connection& peer,
                           [[maybe_unused]] eom_event const& event) override {
        if constexpr (interest_in_eom<H>() != interest::none) {
            return detail::as_any(handler_.on_eom(peer, now()));
        } else {
            return detail::let_pass();
        }
    }
    task<any_verdict> call([[maybe_unused]] connection& peer,
                           [[maybe_unused]] unknown_event const& event) override {
        if constexpr (interest_in_unknown<H>() != interest::none) {
            return detail::as_any(handler_.on_unknown(peer, event));
        } else {
            return detail::let_pass();
        }
    }
    task<any_verdict> call([[maybe_unused]] connection& peer, core::abort_event const&) override {
        if constexpr (requires { &H::on_abort; }) {
            return detail::as_any(handler_.on_abort(peer, now()));
        } else {
            return detail::let_pass();
        }
    }
    task<any_verdict> call([[maybe_unused]] connection& peer, core::close_event const&) override {
        if constexpr (requires { &H::on_close; }) {
            return detail::as_any(handler_.on_close(peer));
        } else {
            return detail::let_pass();
        }
    }

private:
    using message_type = message<typename detail::state_of<H>::type>;

    /// A handler without on_mail sees its first message event later; the sender is then unknown.
    message_type& now() {
        if (!message_) message_.emplace(std::string_view{});
        return *message_;
    }

    H handler_;
    std::optional<message_type> message_;
};

template <class H>
std::unique_ptr<filter> make_filter(H handler) {
    return std::make_unique<handler_filter<H>>(std::move(handler));
}

}  // namespace milterproto
