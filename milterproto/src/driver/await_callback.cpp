#include "await_callback.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>
#include <exception>
#include <optional>
#include <string>
#include <utility>

namespace milterproto::detail {

namespace asio = boost::asio;

task<> await_callback(filter_driver& driver) {
    auto& callback = driver.callback();
    any_verdict verdict = core::answer::proceed;
    std::optional<std::string> thrown;
    try {
        if (auto* of_session = callback.later<session_verdict>()) {
            verdict = co_await std::move(*of_session);
        } else if (auto* of_message = callback.later<message_verdict>()) {
            verdict = co_await std::move(*of_message);
        } else if (auto* of_body = callback.later<body_verdict>()) {
            verdict = co_await std::move(*of_body);
        } else if (auto* of_negotiation = callback.later<negotiate_verdict>()) {
            verdict = co_await std::move(*of_negotiation);
        } else if (auto* notified = callback.later<void>()) {
            co_await std::move(*notified);
        }
    } catch (std::exception const& e) {
        thrown = e.what();
    } catch (...) {
        thrown = "not a std::exception";
    }
    if (driver.is_cancelled()) {
        co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    }
    if (thrown) {
        driver.failed(*thrown);
    } else {
        driver.finished(std::move(verdict));
    }
}

}  // namespace milterproto::detail
