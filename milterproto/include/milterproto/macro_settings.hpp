#pragma once

#include <string>
#include <string_view>

#include "milterproto/core/wire/message.hpp"

namespace milterproto {

using core::macro_stage;

/// Where an operator says which macros an MTA sends with a stage.
struct macro_setting {
    std::string_view stage;     ///< in words, such as "end of headers"
    std::string_view postfix;   ///< a parameter of main.cf, such as "milter_connect_macros"
    std::string_view sendmail;  ///< an option of sendmail.cf, such as "Milter.macros.connect"
    std::string_view m4;        ///< the same in sendmail.mc, such as "confMILTER_MACROS_CONNECT"
};
macro_setting setting_of(macro_stage stage) noexcept;

/// Returns the sentence that tells an operator of a macro that a filter asked for and that did not come
/// (`server_observer::on_missing_macro`), and what to do about it.
std::string explain_missing_macro(macro_stage stage, std::string_view name);

}  // namespace milterproto
