#include "command_line.hpp"

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace bench {

namespace {

[[noreturn]] void refuse(char const* program) {
    std::fprintf(stderr, "usage: %s -p unix:PATH|inet:PORT@HOST [--noop|--full] [--negotiate default|max]\n",
                 program);
    std::exit(64);
}

}  // namespace

filter_command_line read_filter_command_line(int argc, char** argv) {
    filter_command_line read;
    for (int i = 1; i < argc; ++i) {
        std::string_view const word = argv[i];
        std::string_view const next = i + 1 < argc ? argv[i + 1] : "";
        if (word == "--noop") {
            read.behaviour = behaviour::noop;
        } else if (word == "--full") {
            read.behaviour = behaviour::full;
        } else if (word == "-p" && !next.empty()) {
            read.where = argv[++i];
        } else if (word == "--negotiate" && (next == "default" || next == "max")) {
            read.negotiate = next == "max" ? negotiate::max : negotiate::by_default;
            ++i;
        } else {
            refuse(argv[0]);
        }
    }
    if (read.where.empty()) refuse(argv[0]);
    return read;
}

}  // namespace bench
