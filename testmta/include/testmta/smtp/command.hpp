#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace testmta::smtp {

enum class verb {
    ehlo,
    helo,
    mail,
    rcpt,
    data,
    rset,
    noop,
    quit,
    vrfy,
    expn,
    help,
    starttls,
    auth,
    bdat,
    unknown,      ///< none of these words
    too_long,     ///< a line over the limit, whose bytes were discarded
    end_of_data,  ///< not a command: the line that consists of a dot
};

/// Whether the argument has the form that RFC 5321 4.1.1 requires for this verb.
enum class form { good, bad_argument };

class command {
public:
    explicit command(smtp::verb what, std::string_view text = {}) : verb(what), line(text) {}

    smtp::verb verb;
    smtp::form form = smtp::form::good;
    std::string line;  ///< as received, without line end
    /// MAIL and RCPT: the path without angle brackets; otherwise all that follows the verb.
    std::string argument;
    std::vector<std::string> parameters;  ///< only of MAIL and RCPT
};

command parse_command(std::string_view line);

}  // namespace testmta::smtp
