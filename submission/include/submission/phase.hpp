#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace submission {

/// What a session waits for. Each has a time of its own.
enum class phase : std::uint8_t {
    connect,
    greeting,
    hello,
    starttls,  ///< the command and the handshake
    authentication,
    etrn,
    mail,
    rcpt,
    data,         ///< 354
    content,      ///< until the server has taken one piece of the message; a reply to one BDAT, too
    end_of_data,  ///< the server's decision on the message
    rset,
    quit,
};

std::string_view to_string(phase) noexcept;

/// How long each phase may take. A reply must be complete by then, so that one that drips does not gain time.
/// These are the least times that RFC 5321 4.5.3.2 lets a client have, where it names one.
struct phase_times {
    std::chrono::milliseconds connect = std::chrono::minutes(1);
    std::chrono::milliseconds greeting = std::chrono::minutes(5);
    std::chrono::milliseconds hello = std::chrono::minutes(5);
    std::chrono::milliseconds starttls = std::chrono::minutes(1);
    std::chrono::milliseconds authentication = std::chrono::minutes(3);
    std::chrono::milliseconds etrn = std::chrono::minutes(5);
    std::chrono::milliseconds mail = std::chrono::minutes(5);
    std::chrono::milliseconds rcpt = std::chrono::minutes(5);
    std::chrono::milliseconds data = std::chrono::minutes(2);
    std::chrono::milliseconds content = std::chrono::minutes(3);
    std::chrono::milliseconds end_of_data = std::chrono::minutes(10);
    std::chrono::milliseconds rset = std::chrono::seconds(20);
    std::chrono::milliseconds quit = std::chrono::seconds(2);

    std::chrono::milliseconds of(phase) const noexcept;
};

}  // namespace submission
