#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "submission/batch.hpp"
#include "submission/session_options.hpp"
#include "support/spoken_script.hpp"

namespace submission::testing {

using ::test::script_step;

/// A conversation as text. Each line begins with a mark; an empty line ends a step.
///
///     !  an option or a part of the batch, at the beginning: see script.cpp
///     <  the server sends a line, with escapes
///     @  something else happens: "lost", "timeout", "handshake", "again"
///     >  the client sends this line
///     *  the client tells something
///     #  a remark
class script {
public:
    static script read(std::string const& path);

    std::string name;
    session_options options;
    tls_start tls = tls_start::on_request;
    submission::batch batch;
    std::size_t piece = 1 << 20;                   ///< in how large pieces content comes
    std::map<std::string, std::string> decisions;  ///< by the name of the event
    bool is_about_pieces = false;                  ///< what comes too early does so only in one piece
    std::string throws_at;                         ///< the name of an event
    std::string content_fails_after;               ///< the content breaks off after these octets
    std::vector<script_step> steps;
};

}  // namespace submission::testing
