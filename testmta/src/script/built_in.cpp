#include "script/built_in.hpp"

#include <array>

namespace testmta::run {

std::span<built_in_block const> built_in_blocks() {
    static std::array<built_in_block, 4> const blocks = {{
        {"hello",
         {{"host", "client.example.org"}, {"addr", "192.0.2.7"}, {"helo", "client.example.org"}},
         "connect ${host} ${addr}\nhelo ${helo}\n"},
        {"envelope",
         {{"sender", "<alice@example.org>"}, {"recipient", "<bob@example.net>"}},
         "mail ${sender}\nrcpt ${recipient}\n"},
        {"mailbody",
         {{"subject", "hello"}, {"text", "Hello.\r\n"}},
         "data\nheader From \"<alice@example.org>\"\nheader Subject ${subject}\neoh\nbody ${text}\n"},
        {"goodbye", {}, "quit\n"},
    }};
    return blocks;
}

}  // namespace testmta::run
