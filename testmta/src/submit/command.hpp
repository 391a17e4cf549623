#pragma once

#include <string>
#include <vector>

namespace testmta::submit {

struct options {
    std::string file;  ///< the message
    std::string to;    ///< HOST[:PORT]; empty: the mail exchangers of the first recipient
    std::string from;  ///< empty: the null sender
    std::vector<std::string> recipients;
    std::string tls = "verified";  ///< never, may, require, verified
    std::string authorities, certificate, key;
    std::string helo;
    std::string user;           ///< empty: none
    std::string password_file;  ///< empty: the environment's TESTMTA_PASSWORD
    bool in_clear = false;      ///< a password may be sent outside TLS
    std::string chunking = "where-offered";
    std::vector<std::string> notify;  ///< never, success, failure, delay
    std::string ret;                  ///< full, headers
    std::string envelope_id;
    std::vector<std::string> etrn;  ///< [@|#]NODE
    bool json = false;
};

/// Sends a message and tells what happens. Returns a status of sysexits.h.
int run(options const& wanted);

}  // namespace testmta::submit
