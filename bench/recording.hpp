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

/// A milter connection as Postfix holds it, octet for octet.
class recording {
public:
    recording() {}

    std::vector<exchange> greeting;  ///< negotiation, connect, HELO
    std::vector<exchange> first;     ///< the first message; unanswered parts of the greeting go out with it
    std::vector<exchange> further;   ///< every message after it
    std::string farewell;            ///< behind the last message, or behind the greeting if there is none
};

enum class with { messages, no_message };

/// Holds the conversation with the filter once, on `mta_session`, and checks it: verdicts, the header of a
/// full filter, and that the filter takes and leaves unanswered what `wanted` says. What came of it can be
/// played back to the same filter as fast as the driver can write, and compared octet for octet. Throws
/// std::runtime_error where the filter does otherwise.
recording record(milterproto::socket_spec const& where, workload const& mail,
                 filter_command_line const& wanted, with content);

/// A connected stream socket; throws std::system_error.
int connect_to(milterproto::socket_spec const& where);

}  // namespace bench
