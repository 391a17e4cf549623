#pragma once

#include <boost/asio/awaitable.hpp>
#include <concepts>
#include <functional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace smtpserver {

/// What a callback that waits returns; it may `co_await` anything.
template <class T = void>
using task = boost::asio::awaitable<T>;

namespace detail {

template <class T>
struct awaited {
    using type = void;
    static constexpr bool is_task = false;
};
template <class T>
struct awaited<task<T>> {
    using type = T;
    static constexpr bool is_task = true;
};

}  // namespace detail

/// A function of the application: a plain one, or a coroutine, which may wait for as long as it likes without
/// holding up other connections. It gives a `Result`, or what converts to one.
template <class Result, class... Arguments>
class callback {
    using at_once = std::function<Result(Arguments...)>;
    using later = std::function<task<Result>(Arguments...)>;

public:
    callback() = default;
    template <class Function>
        requires(!std::same_as<std::remove_cvref_t<Function>, callback>)
    callback(Function function) : how_(wrapped(std::move(function))) {}

    explicit operator bool() const noexcept { return !std::holds_alternative<std::monostate>(how_); }
    /// Returns whether it is a coroutine.
    bool waits() const noexcept { return std::holds_alternative<later>(how_); }
    Result call(Arguments... arguments) const { return std::get<at_once>(how_)(arguments...); }
    task<Result> begin(Arguments... arguments) const { return std::get<later>(how_)(arguments...); }

private:
    using stored = std::variant<std::monostate, at_once, later>;

    template <class Function>
    static stored wrapped(Function function) {
        static_assert(std::is_invocable_v<Function&, Arguments...>,
                      "smtpserver: this function does not take the arguments of this callback");
        using what = std::invoke_result_t<Function&, Arguments...>;
        using given = detail::awaited<what>;
        static_assert(
            is_result<what> || (given::is_task && is_result<typename given::type>),
            "smtpserver: return what this callback decides with, such as 250, {550, \"5.1.1 nobody\"} in a "
            "function that returns reply, or a task of it");
        if constexpr (!given::is_task) {
            return at_once(std::move(function));
        } else if constexpr (std::same_as<typename given::type, Result>) {
            return later(std::move(function));
        } else {
            return later(converting<Function>{std::move(function)});
        }
    }
    template <class T>
    static constexpr bool is_result =
        std::is_void_v<Result> ? std::is_void_v<T> : std::is_convertible_v<T, Result>;

    /// Converts what a coroutine gives.
    template <class Function>
    struct converting {
        Function function;
        task<Result> operator()(Arguments... arguments) {
            auto given = co_await function(arguments...);
            co_return Result(std::move(given));
        }
    };

    stored how_;
};

}  // namespace smtpserver
