#pragma once

#include <string_view>

#include "callout/helo_name.hpp"
#include "callout/host_name.hpp"
#include "callout/mailbox.hpp"

namespace test {

/// Returns the address, or the name, that is written so.
inline callout::mailbox box(std::string_view text) {
    return callout::mailbox::parse(text).value();
}
inline callout::host_name host(std::string_view text) {
    return callout::host_name::parse(text).value();
}
inline callout::helo_name helo(std::string_view text) {
    return callout::helo_name::parse(text).value();
}

}  // namespace test
