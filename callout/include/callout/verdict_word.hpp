#pragma once

#include <string_view>

#include "callout/verification.hpp"

namespace callout {

/// The daemon's nine words for what is known of an address (daemon.md 5): in configuration, logs and records.
enum class verdict_word {
    success,
    catch_all,
    not_found,
    no_mx,
    failure,
    policy_block,
    temp_failure,
    timeout,
    dns_failure
};
std::string_view to_string(verdict_word) noexcept;

/// Returns the word of daemon.md 5.1 for any verification: the first row that fits decides.
verdict_word word_of(verification const& v) noexcept;

/// The same in the words of others. They follow our word, not the status: a weak `fail`, which must refuse
/// nobody, is an `error` to Momentum's scripts too.
struct foreign_words {
    std::string_view protocol;   ///< GNU Mailfromd's callout protocol: also has `timeout`
    std::string_view mailfromd;  ///< its language: success, not_found, temp_failure, failure
    std::string_view momentum;   ///< smtp_callback_verify: pass, fail, transient, error
    /// The context variable of Momentum's module, whose `error` is a permanent refusal.
    std::string_view momentum_module;
};
foreign_words const& foreign_words_of(verdict_word) noexcept;

}  // namespace callout
