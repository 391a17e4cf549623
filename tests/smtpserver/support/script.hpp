#pragma once

#include <string>
#include <vector>

#include "smtpserver/core/session_options.hpp"
#include "support/spoken_script.hpp"

namespace smtpserver::testing {

using ::test::script_step;

/// A conversation as text. Each line begins with a mark:
///
///     !  an option, at the beginning: "limit recipients 2", "lmtp", "without chunking"
///     >  the client sends a line, with escapes
///     @  something else happens: "wait 300", "lost", "stop", "handshake"
///     <  the server sends this line
///     *  the server asks, tells or does something
///     #  a remark
class script {
public:
    static script read(std::string const& path);

    std::string name;
    session_options options;
    bool may_xclient = false;
    std::vector<script_step> steps;
};

}  // namespace smtpserver::testing
