#pragma once

#include <span>
#include <string_view>

#include "milterproto/core/message.hpp"

namespace testmta::run {

namespace core = milterproto::core;

/// Which macros go with a command.
struct macro_set {
    core::command with;
    std::string_view names;  ///< separated by blanks; may be empty: an empty frame is sent all the same
};

enum class queue_id_from { mail, data };
enum class unknown_form { whole_line, first_word };
enum class unresolved_form { as_written, bracketed_address };
enum class percent_form { kept, halved };
enum class label_form { bare, labelled };

/// Which MTA is imitated: one row of the table of testmta.md 4, as far as it matters for what is sent.
struct dialect {
    std::string_view name;
    core::option_set offer;
    queue_id_from queue_id;
    unknown_form unknown;
    unresolved_form unresolved;
    percent_form percent;  ///< of `%%` in a reply text
    label_form ipv6;       ///< `IPv6:` before such an address
    bool abort_after_message;
    bool abort_before_quit;
    std::span<macro_set const> macros;
};

std::span<dialect const> dialects();

}  // namespace testmta::run
