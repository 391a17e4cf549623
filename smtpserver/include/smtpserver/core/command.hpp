#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "smtpserver/core/envelope.hpp"

namespace smtpserver {

enum class verb : std::uint8_t {
    ehlo,
    helo,
    lhlo,  ///< LMTP: RFC 2033
    mail,
    rcpt,
    data,
    bdat,
    rset,
    noop,
    quit,
    vrfy,
    expn,
    help,
    starttls,
    auth,
    xclient,
    http,         ///< the method of a request that a browser was made to send here
    unknown,      ///< none of these words
    end_of_data,  ///< not a command: a message is complete
};

/// What is wrong with a line, whatever stands in it.
enum class line_fault : std::uint8_t {
    none,
    too_long,  ///< its bytes were thrown away
    bare_lf,   ///< it ends in LF alone
    bare_cr,
    nul,
};

/// What is wrong with the argument of a command (RFC 5321 4.1.1).
enum class argument_fault : std::uint8_t {
    none,
    unexpected,  ///< the command takes none
    missing,
    no_path,  ///< MAIL or RCPT without FROM: or TO:, or without brackets
    parameter_syntax,
    chunk_size,  ///< BDAT does not say how many bytes follow
};

/// Whether MAIL and RCPT may have a blank before the path, and no brackets.
enum class path_syntax : std::uint8_t { strict, lenient };

class command {
public:
    explicit command(smtpserver::verb what, std::string_view text = {}) : verb(what), line(text) {}

    smtpserver::verb verb;
    smtpserver::line_fault line_fault = smtpserver::line_fault::none;
    smtpserver::argument_fault argument_fault = smtpserver::argument_fault::none;
    std::string line;  ///< as received, without its line end
    /// MAIL and RCPT: the path without its brackets; otherwise what follows the verb, without blanks around
    /// it.
    std::string argument;
    std::vector<parameter> parameters;  ///< of MAIL and RCPT alone
};

/// Reads a line without its line end.
[[nodiscard]] command parse_command(std::string_view line, path_syntax syntax);

}  // namespace smtpserver
