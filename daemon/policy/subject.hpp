#pragma once

#include <string>
#include <utility>

#include "callout/mailbox.hpp"
#include "callout/request.hpp"

namespace vouchd {

/// The facts about the sender of one message, and about the recipient that the sender writes to.
class subject {
public:
    explicit subject(std::string written)
        : path(std::move(written)), address(callout::mailbox::parse(path)) {}

    bool is_null() const { return address.has_error() && address.error() == callout::errc::address_empty; }

    std::string path;  ///< as the MTA gave it
    callout::result<callout::mailbox> address;
    std::string recipient;  ///< as the MTA gave it; empty where none is known
    callout::asker who;     ///< whose mail it is, as far as the MTA has told
    bool authenticated = false;
};

}  // namespace vouchd
