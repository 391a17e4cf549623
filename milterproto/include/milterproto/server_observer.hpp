#pragma once

#include <boost/system/error_code.hpp>
#include <cstdint>
#include <string_view>

#include "milterproto/core/error.hpp"
#include "milterproto/macro_settings.hpp"

namespace milterproto {

/// A milter connection, as an observer is told of it. The texts live until the call returns.
struct milter_connection {
    std::uint64_t number;       ///< from 1, unique in a program; 0 for a connection that was refused
    std::string_view listener;  ///< the socket that the MTA called, such as "inet:8890@127.0.0.1"
    /// The MTA's IP address, such as "192.0.2.1" or "2001:db8::1"; for a unix socket "pid 4711, uid 105".
    std::string_view client;
};

/// How a milter connection ended. The text lives until the call returns.
struct connection_end {
    boost::system::error_code cause;  ///< empty if the MTA said QUIT
    /// The peer's first bytes, printable and cut short, if not even one packet could be read: they show what
    /// it speaks instead of the milter protocol.
    std::string_view said;
    /// How many macros were dropped because they were beyond limits::macros or limits::macros_of_stage.
    std::uint64_t dropped_macros = 0;

    /// Returns whether an operator should look into it: neither the MTA nor this program ended it on purpose.
    bool is_fault() const noexcept {
        return cause && cause != condition::peer_gone && cause != errc::stopped;
    }
};

/// Hears what authors and operators want to know; logs are the program's own business (libmilter:
/// smfi_setdbg, syslog). `text_observer` makes lines of it. Must not throw.
class server_observer {
public:
    virtual ~server_observer() = default;
    virtual void on_accepted(milter_connection const&) {}
    virtual void on_refused(milter_connection const&, std::string_view /*why*/) {}
    virtual void on_closed(milter_connection const&, connection_end const&) {}
    /// A callback, such as "on_mail", threw. The MTA gets a temporary failure, at once or with the next
    /// answer; abort and close are not answered.
    virtual void on_exception(milter_connection const&, std::string_view /*callback*/,
                              std::string_view /*what*/) {}
    /// A callback gave a verdict that has no effect at its stage.
    virtual void on_misplaced_verdict(milter_connection const&, std::string_view /*callback*/) {}
    /// A macro that the filter asked for did not come with its stage, although MTAs have it for every client
    /// and every message, or because no MTA has it at all. A server reports each macro once, and at most
    /// limits::missing_macros of them. `explain_missing_macro` (macro_settings.hpp) makes a sentence of it.
    virtual void on_missing_macro(milter_connection const&, macro_stage /*stage*/,
                                  std::string_view /*name*/) {}
    /// A reply had letters that the client cannot read: they are beyond ASCII, and MAIL did not say SMTPUTF8,
    /// or they are not UTF-8. The client reads `?` in place of each; `text` is as the filter gave it.
    virtual void on_reply_in_ascii(milter_connection const&, std::string_view /*callback*/,
                                   std::string_view /*text*/) {}
    /// No connection can be accepted, usually because the descriptors are used up. Called once; the server
    /// tries again ten times a second until it is over.
    virtual void on_accept_failing(std::string_view /*listener*/, boost::system::error_code /*why*/) {}
    /// It is over: the clients that waited have been accepted.
    virtual void on_accept_recovered(std::string_view /*listener*/) {}
    /// `program_options::on_hangup` threw; the program goes on.
    virtual void on_hangup_failed(std::string_view /*what*/) {}
    /// `run` cannot listen. `why` says what is wrong and what to do about it.
    virtual void on_listen_failed(std::string_view /*socket*/, std::string_view /*why*/) {}
};

}  // namespace milterproto
