#pragma once

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "callout/verification.hpp"

/// What a callout server answers, and what goes wrong between us and it, in the terms of GNU Mailfromd's
/// filters.
namespace callout {

/// The results of callout() and callout_do(), with the numbers of GNU Mailfromd's module `status`.
enum class callout_status { success = 0, e_not_found = 1, e_failure = 2, e_temp_failure = 3 };
std::string_view to_string(callout_status) noexcept;
/// Returns the status of one of the protocol's five words (e_temp_failure for `timeout`), or nothing for any
/// other word.
std::optional<callout_status> status_of_word(std::string_view word) noexcept;

/// What goes wrong between us and a callout server, in the names of Mailfromd's exceptions.
enum class callout_fault {
    e_callout_proto,  ///< the other side does not speak the protocol
    e_eof,            ///< it hung up
    e_failure,        ///< there is no connection
    e_range,          ///< a URL of an unknown scheme, or a value that no command may carry
    e_timeout,        ///< it did not answer in time; Mailfromd has no such exception
};
std::string_view to_string(callout_fault) noexcept;

class [[nodiscard]] callout_error {
public:
    callout_error() {}
    callout_error(callout_fault what_, std::string text_) : what(what_), text(std::move(text_)) {}
    callout_fault what = callout_fault::e_failure;
    std::string text;  ///< for e_callout_proto, the line that was not understood
};
[[noreturn]] inline void throw_exception_from_error(callout_error const& e, boost::source_location const&) {
    throw std::runtime_error(std::string(to_string(e.what)) + ": " + e.text);
}
template <class T>
using callout_result = boost::system::result<T, callout_error>;

/// The answer to one question. Its details are its own: two callers never see each other's.
class [[nodiscard]] callout_answer {
public:
    callout_answer() {}
    callout_status status = callout_status::success;
    std::string word = "success";  ///< as the server said it
    /// last_poll_host, last_poll_greeting, last_poll_helo, last_poll_sent and last_poll_recv; empty where the
    /// answer came without them.
    callout::poll last_poll;
    /// Mailfromd's cache_used: the answer had no last_poll_* of any server.
    bool cache_used = false;
};

}  // namespace callout
