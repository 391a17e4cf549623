#pragma once

#include <string>
#include <vector>

#include "command_line.hpp"
#include "milterproto/socket_spec.hpp"
#include "workload.hpp"

namespace bench {

/// What the MTA writes in one go, and all that the filter writes before the MTA goes on.
struct exchange {
    std::string sent;
    std::string answered;
};

/// A milter connection as Postfix conducts it, byte for byte.
class recording {
public:
    recording() {}

    std::vector<exchange> greeting;  ///< negotiation, connect, HELO
    std::vector<exchange> first;     ///< the first message; unanswered parts of the greeting go out with it
    std::vector<exchange> further;   ///< every message after it
    std::string farewell;            ///< after the last message, or after the greeting if there is none
};

enum class with { messages, no_message };

/// Has the conversation with the filter once, through `mta_session`, and checks it: verdicts, the header of a
/// full filter, and that the filter takes and leaves unanswered what `wanted` says. The recording can be
/// replayed to the same filter as fast as the driver can write, and compared byte for byte. Throws
/// std::runtime_error if the filter behaves otherwise.
recording record(milterproto::socket_spec const& where, workload const& mail,
                 filter_command_line const& wanted, with content);

/// A connected stream socket; throws std::system_error.
int connect_to(milterproto::socket_spec const& where);

}  // namespace bench
