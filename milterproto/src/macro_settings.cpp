#include "milterproto/macro_settings.hpp"

#include "milterproto/core/filter/macro_check.hpp"

namespace milterproto {

macro_setting setting_of(macro_stage stage) noexcept {
    switch (stage) {
        case macro_stage::connect:
            return {"connect", "milter_connect_macros", "Milter.macros.connect", "confMILTER_MACROS_CONNECT"};
        case macro_stage::helo:
            return {"helo", "milter_helo_macros", "Milter.macros.helo", "confMILTER_MACROS_HELO"};
        case macro_stage::mail:
            return {"mail", "milter_mail_macros", "Milter.macros.envfrom", "confMILTER_MACROS_ENVFROM"};
        case macro_stage::rcpt:
            return {"rcpt", "milter_rcpt_macros", "Milter.macros.envrcpt", "confMILTER_MACROS_ENVRCPT"};
        case macro_stage::data:
            return {"data", "milter_data_macros", "Milter.macros.data", "confMILTER_MACROS_DATA"};
        case macro_stage::end_of_headers:
            return {"end of headers", "milter_end_of_header_macros", "Milter.macros.eoh",
                    "confMILTER_MACROS_EOH"};
        case macro_stage::end_of_message:
            return {"end of message", "milter_end_of_data_macros", "Milter.macros.eom",
                    "confMILTER_MACROS_EOM"};
    }
    return {};
}

std::string explain_missing_macro(macro_stage stage, std::string_view name) {
    auto const setting = setting_of(stage);
    auto text = "the macro " + std::string(name) + " was asked for at " + std::string(setting.stage) +
                " and did not come: ";
    if (core::expectation_of(stage, name) == core::macro_is::unknown)
        text += "neither Postfix nor Sendmail has a macro of that name, so its spelling may be wrong; else ";
    return text.append("add it to Postfix's ")
        .append(setting.postfix)
        .append(" or to Sendmail's ")
        .append(setting.sendmail)
        .append(" (")
        .append(setting.m4)
        .append(")");
}

}  // namespace milterproto
