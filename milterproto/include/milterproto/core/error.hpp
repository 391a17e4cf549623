#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

namespace milterproto {

template <class T = void>
using result = boost::system::result<T>;

/// The causes of errors, one value each; compare with a `condition` to branch, log the value itself.
enum class errc {
    frame_empty = 1,      ///< length 0: not even a command byte
    frame_too_long,       ///< more payload than agreed
    frame_truncated,      ///< end of file inside a frame
    not_milter,           ///< the first bytes are text: somebody speaks another protocol to this port
    unknown_command,      ///< no command has that letter
    payload_missing,      ///< a command that needs a payload came without one
    payload_malformed,    ///< a string without NUL, an unknown family
    too_many_parameters,  ///< in a MAIL or RCPT to which no refusal can be sent
    too_many_recipients,  ///< more than are kept, where no refusal can be sent
    version_too_old,      ///< below 2
    negotiation_refused,  ///< the MTA lacks an action or a step that the filter requires
    unexpected_command,   ///< legal in itself, but not now
    reply_malformed,      ///< a reply text that no MTA would take: code, enhanced code, length, CR, LF, NUL
    unknown_reply,        ///< MTA side: no reply has that letter
    peer_gone,            ///< end of file or reset
    negotiate_timeout,
    packet_timeout,
    idle_timeout,
    write_timeout,
    stopped,     ///< the server was told to stop
    broken_off,  ///< an exception of the program's own, such as that memory is used up
    displaced,   ///< nothing was under way, and another connection needed the place
    socket_spec_malformed,
    socket_path_too_long,
    socket_path_in_use,
    no_such_group,
    no_such_service,    ///< a port's name
    not_a_socket,       ///< fd:NUMBER is not a bound stream socket
    no_such_stage,      ///< macros were asked for with a number that is not a stage's
    macros_set_twice,   ///< macros were asked for twice for one stage, in one negotiation
    edit_misplaced,     ///< not at the end of a message
    edit_not_agreed,    ///< the MTA was not asked for such an edit, or did not offer it
    edit_malformed,     ///< an empty word, a byte that cannot be sent, or an index that no MTA takes
    edit_line_end,      ///< a CR or LF that does not fold a header's value
    edit_too_long,      ///< more than a frame, or the library, may hold
    verdict_malformed,  ///< not a verdict at all
    // What an MTA finds wrong with its filter; see also frame_*, unknown_reply, reply_malformed, peer_gone.
    agreement_missing,       ///< the offer was answered with something else
    agreement_malformed,     ///< an agreement of fewer than 12 bytes
    version_not_offered,     ///< a version above the offer, or 1
    actions_not_offered,     ///< an agreement to actions that were not offered
    steps_not_offered,       ///< an agreement to steps that were not offered
    symbol_list_malformed,   ///< a list of macros that has no end
    reply_with_payload,      ///< bytes after a reply that has no payload
    reply_out_of_place,      ///< legal in itself, but not as an answer to this command
    reply_unasked_for,       ///< no reply was due
    change_malformed,        ///< a modification that cannot be read
    change_interrupted,      ///< another packet came between those of a new body
    change_too_large,        ///< changes beyond what the MTA is willing to hold
    command_too_long,        ///< the MTA itself had more to say than a frame may hold
    reply_timeout,           ///< no packet in time
    end_of_message_timeout,  ///< progress was reported, but no verdict came in the time for the whole
};

/// What kind of error it is, so that callers need not list causes.
enum class condition { malformed = 1, limit, illegal_order, peer_gone, timeout, refused };

boost::system::error_category const& category() noexcept;
boost::system::error_code make_error_code(errc e) noexcept;
boost::system::error_condition make_error_condition(condition c) noexcept;

}  // namespace milterproto

template <>
struct boost::system::is_error_code_enum<milterproto::errc> : std::true_type {};
template <>
struct boost::system::is_error_condition_enum<milterproto::condition> : std::true_type {};
