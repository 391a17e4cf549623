#pragma once

#include <boost/system/error_code.hpp>
#include <optional>

#include "submission/events.hpp"
#include "submission/session_options.hpp"

namespace submission::sending {

/// How a connection begins. A second one to the same address may have to begin otherwise than the first; each
/// tries one thing that was not tried, so there are few.
class opening {
public:
    opening() {}
    tls_start tls = tls_start::on_request;
    bool in_clear = false;  ///< STARTTLS failed
    bool by_helo = false;   ///< the server hung up at EHLO
};

/// What follows a session.
enum class afterwards {
    stop,
    next_address,  ///< nothing was sent; another address may take it
    again,         ///< the same address, as `ending::next` says
};

/// How a session ended.
class ending {
public:
    ending() {}
    boost::system::error_code error;
    afterwards then = afterwards::stop;
    opening next;
    event::disconnected::cause cause = event::disconnected::cause::quit;
};

}  // namespace submission::sending
