#pragma once

#include <string>

/// The command line that every program of the comparison understands:
/// `-p unix:PATH|inet:PORT@HOST --noop|--full --negotiate default|max`.
namespace bench {

/// The events that a filter takes.
enum class behaviour {
    noop,  ///< connect and end of message
    full,  ///< every event; it adds up the body's bytes and adds one header
};

/// The events that it leaves unanswered.
enum class negotiate {
    by_default,  ///< none: every event is answered
    max,         ///< all that can be left unanswered: only the end of message is answered
};

class filter_command_line {
public:
    filter_command_line() {}

    std::string where;  ///< the socket, as it was written
    bench::behaviour behaviour = behaviour::full;
    bench::negotiate negotiate = negotiate::by_default;
};

/// Ends the process with status 64 and a message if the command line is not valid.
filter_command_line read_filter_command_line(int argc, char** argv);

}  // namespace bench
