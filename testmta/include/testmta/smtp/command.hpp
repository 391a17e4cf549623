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
    too_long,     ///< a line over the limit; its octets are gone
    end_of_data,  ///< no word of the client: the line with the dot
};

/// Is the line what RFC 5321 4.1.1 wants behind this verb?
enum class form { good, bad_argument };

class command {
public:
    explicit command(smtp::verb what, std::string_view text = {}) : verb(what), line(text) {}

    smtp::verb verb;
    smtp::form form = smtp::form::good;
    std::string line;      ///< as it came, without line end
    std::string argument;  ///< of MAIL and RCPT the path without angle brackets, else what follows the verb
    std::vector<std::string> parameters;  ///< of MAIL and RCPT
};

command parse_command(std::string_view line);

}  // namespace testmta::smtp
