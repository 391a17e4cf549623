#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "milterproto/callbacks.hpp"
#include "milterproto/declarations.hpp"
#include "milterproto/filter.hpp"
#include "milterproto/other_names.hpp"

/// A handler is any class with some of these members. What is absent is declined at negotiation, so the MTA
/// does not even send it; a callback that returns nothing is not answered, where the MTA can do without.
///
///     session_verdict   on_connect(connection&, connect_event const&)                  xxfi_connect
///     session_verdict   on_helo(connection&, helo_event const&)                        xxfi_helo
///     message_verdict   on_mail(connection&, message<State>&, mail_event const&)       xxfi_envfrom
///     message_verdict   on_rcpt(connection&, message<State>&, rcpt_event const&)       xxfi_envrcpt
///     message_verdict   on_data(connection&, message<State>&)                          xxfi_data
///     message_verdict   on_header(connection&, message<State>&, header_event const&)   xxfi_header
///     message_verdict   on_eoh(connection&, message<State>&)                           xxfi_eoh
///     body_verdict      on_body(connection&, message<State>&, body_event const&)       xxfi_body
///     message_verdict   on_eom(connection&, message<State>&, eom_actions<edits>&)      xxfi_eom
///     session_verdict   on_unknown(connection&, unknown_event const&)                  xxfi_unknown
///     void              on_abort(connection&, message<State>&)                         xxfi_abort
///     void              on_close(connection&)                                          xxfi_close
///     negotiate_verdict on_negotiate(connection&, negotiation&)                        xxfi_negotiate
///
/// Each may return a task of the same type instead, and then `co_await` anything; the task is cancelled when
/// the MTA aborts the message or vanishes. The first ten but on_eom may return void. The third parameter of
/// on_eom may be left out. An exception becomes a temporary failure of the message.
///
/// `State` is the handler's own `message_state`, if it declares that type: fresh at every MAIL, gone after
/// the end of the message, abort or a final verdict. The handler itself lives as long as the milter
/// connection. (libmilter has smfi_setpriv and smfi_getpriv for both.)
///
/// What it may declare besides:
///
///     static constexpr macro_request macros[] = {{macro_stage::connect, "j {client_addr}"}};
///     static constexpr extra extras = extra::rejected_recipients | extra::leading_space;
///     static core::filter_wishes wishes();      anything else that can be negotiated, such as larger chunks
///                                               (smfi_setmaxdatasize)
namespace milterproto {

using core::negotiation;

namespace detail {

template <class H, class... Callbacks>
constexpr std::uint32_t steps_of() {
    std::uint32_t steps = 0;
    for (auto const one : {(Callbacks::template interest_of<H>() == interest::none     ? Callbacks::declined
                            : Callbacks::template interest_of<H>() == interest::notify ? Callbacks::unanswered
                                                                                       : 0U)...}) {
        steps |= one;
    }
    return steps;
}

template <class H>
constexpr bool has_callback() {
    using namespace callbacks;
    auto const some = [](auto... each) { return ((each != interest::none) || ...); };
    return some(on_connect::interest_of<H>(), on_helo::interest_of<H>(), on_mail::interest_of<H>(),
                on_rcpt::interest_of<H>(), on_data::interest_of<H>(), on_header::interest_of<H>(),
                on_eoh::interest_of<H>(), on_body::interest_of<H>(), on_eom::interest_of<H>(),
                on_unknown::interest_of<H>(), on_abort::interest_of<H>(), on_close::interest_of<H>(),
                on_negotiate::interest_of<H>());
}

}  // namespace detail

/// What the callbacks of a handler type say to an MTA.
template <class H>
[[nodiscard]] core::filter_wishes wishes_of(missing_edits policy = missing_edits::refuse) {
    using namespace callbacks;
    auto wishes = declarations::wishes::of<H>();
    declarations::macros::add_to<H>(wishes);
    declarations::extras::add_to<H>(wishes);
    wishes.wanted_steps |= detail::steps_of<H, on_connect, on_helo, on_mail, on_rcpt, on_data, on_header,
                                            on_eoh, on_body, on_unknown>();
    if (on_body::interest_of<H>() != interest::none) wishes.wanted_steps |= core::step::skip;
    auto& actions = policy == missing_edits::refuse ? wishes.required_actions : wishes.wanted_actions;
    actions |= std::uint32_t(on_eom::edits<H>());
    return wishes;
}

/// A handler as a `filter`: holds the handler of one milter connection and the message under way.
template <class H>
class handler_filter final : public filter {
    static_assert(std::is_class_v<H>, "milterproto: a handler is a class");
    static_assert(
        detail::has_callback<H>(),
        "milterproto: the handler has no callback: none of on_connect, on_helo, on_mail, on_rcpt, "
        "on_data, on_header, on_eoh, on_body, on_eom, on_unknown, on_abort, on_close, on_negotiate");

public:
    explicit handler_filter(H handler) : handler_(std::move(handler)) { detail::refuse_other_names<H>(); }

    /// Returns the same wishes for all connections: they say the same to every MTA.
    std::shared_ptr<core::filter_wishes const> wishes(missing_edits policy) const override {
        static auto const refusing =
            std::make_shared<core::filter_wishes const>(wishes_of<H>(missing_edits::refuse));
        static auto const lenient =
            std::make_shared<core::filter_wishes const>(wishes_of<H>(missing_edits::run_without));
        return policy == missing_edits::refuse ? refusing : lenient;
    }
    core::negotiated_by negotiation() const override {
        return callbacks::on_negotiate::interest_of<H>() == interest::none ? core::negotiated_by::wishes
                                                                           : core::negotiated_by::filter;
    }

    response show(connection& peer, core::filter_event const& event, edit_sink& sink) override {
        return std::visit([&](auto const& e) { return show_one(peer, e, sink); }, event);
    }

    void settled(core::filter_event const& event, any_verdict const& verdict, message_is state) override {
        auto const* recipient = std::get_if<rcpt_event>(&event);
        if (recipient != nullptr && verdict.code() == core::answer::proceed)
            now().add_recipient(recipient->path);
        if (state == message_is::over) message_.reset();
    }

private:
    using message_type = detail::message_of<H>;
    using actions_type = eom_actions<callbacks::on_eom::edits<H>()>;

    response show_one(connection& peer, connect_event const& e, edit_sink&) {
        return call<callbacks::on_connect>(peer, e);
    }
    response show_one(connection& peer, helo_event const& e, edit_sink&) {
        return call<callbacks::on_helo>(peer, e);
    }
    response show_one(connection& peer, mail_event const& e, edit_sink&) {
        message_.emplace(e.path);
        return call<callbacks::on_mail>(peer, e);
    }
    response show_one(connection& peer, rcpt_event const& e, edit_sink&) {
        return call<callbacks::on_rcpt>(peer, e);
    }
    response show_one(connection& peer, data_event const& e, edit_sink&) {
        return call<callbacks::on_data>(peer, e);
    }
    response show_one(connection& peer, header_event const& e, edit_sink&) {
        return call<callbacks::on_header>(peer, e);
    }
    response show_one(connection& peer, eoh_event const& e, edit_sink&) {
        return call<callbacks::on_eoh>(peer, e);
    }
    response show_one(connection& peer, body_event const& e, edit_sink&) {
        return call<callbacks::on_body>(peer, e);
    }
    response show_one(connection& peer, unknown_event const& e, edit_sink&) {
        return call<callbacks::on_unknown>(peer, e);
    }
    response show_one([[maybe_unused]] connection& peer, eom_event const&, [[maybe_unused]] edit_sink& sink) {
        if constexpr (callbacks::on_eom::interest_of<H>() != interest::none) {
            actions_.emplace(sink);
            return callbacks::on_eom::call(handler_, peer, now(), *actions_);
        } else {
            return proceeding();
        }
    }
    response show_one([[maybe_unused]] connection& peer, [[maybe_unused]] core::negotiate_event const& e,
                      edit_sink&) {
        if constexpr (callbacks::on_negotiate::interest_of<H>() != interest::none) {
            return callbacks::on_negotiate::call(handler_, peer, *e.what);
        } else {
            return proceeding();
        }
    }
    response show_one([[maybe_unused]] connection& peer, core::abort_event const&, edit_sink&) {
        if constexpr (callbacks::on_abort::interest_of<H>() != interest::none) {
            return respond<callbacks::on_abort>(peer, now());
        } else {
            return proceeding();
        }
    }
    response show_one([[maybe_unused]] connection& peer, core::close_event const&, edit_sink&) {
        if constexpr (callbacks::on_close::interest_of<H>() != interest::none) {
            return respond<callbacks::on_close>(peer);
        } else {
            return proceeding();
        }
    }
    response show_one(connection&, core::need_input const&, edit_sink&) { return proceeding(); }
    response show_one(connection&, core::turn_over const&, edit_sink&) { return proceeding(); }
    response show_one(connection&, core::finished const&, edit_sink&) { return proceeding(); }

    template <class Callback>
    response call([[maybe_unused]] connection& peer, [[maybe_unused]] typename Callback::event const& event) {
        if constexpr (Callback::template interest_of<H>() == interest::none) {
            return proceeding();
        } else if constexpr (Callback::of_message) {
            return respond<Callback>(peer, now(), event);
        } else {
            return respond<Callback>(peer, event);
        }
    }

    template <class Callback, class... Arguments>
    response respond(Arguments&... arguments) {
        using returned = decltype(Callback::call(handler_, arguments...));
        if constexpr (std::same_as<returned, void>) {
            Callback::call(handler_, arguments...);
            return proceeding();
        } else {
            return Callback::call(handler_, arguments...);
        }
    }

    static response proceeding() { return any_verdict(core::answer::proceed); }

    /// A handler without on_mail sees its first message event later; the sender is then unknown.
    message_type& now() {
        if (!message_) message_.emplace(std::string_view{});
        return *message_;
    }

    H handler_;
    std::optional<message_type> message_;
    std::optional<actions_type> actions_;  ///< of the message whose end has come
};

/// Makes a filter of a handler, for one connection: a server calls it for each (libmilter: smfi_register).
/// What libmilter has in xxfi_flags and xxfi_version follows from the handler's type.
template <class H>
[[nodiscard]] std::unique_ptr<filter> make_filter(H handler) {
    static_assert(std::is_move_constructible_v<H>,
                  "milterproto: a handler is moved into its filter: it needs a move constructor");
    return std::make_unique<handler_filter<H>>(std::move(handler));
}

}  // namespace milterproto
