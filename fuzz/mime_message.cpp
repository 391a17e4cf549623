// The bytes of a message, of which headers and parts are read.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "smtpserver/parsed_message.hpp"

namespace {

using namespace smtpserver;

void require(bool condition) {
    if (!condition) std::abort();
}

/// Reads everything, and returns how many parts there are.
std::size_t walk(mime_part const& one, std::size_t depth, std::size_t most_bytes) {
    require(depth <= parsed_message::most_depth);
    // No transfer encoding makes more of its bytes; what is not opened is written anew, with its line ends.
    require(one.body().size() <= 2 * most_bytes + 1000);
    for (auto const& each : one.headers()) require(each.name.find('\n') == each.name.npos);
    (void)one.parameter("charset");
    std::size_t parts = 1;
    for (auto const& each : one.parts()) parts += walk(each, depth + 1, most_bytes);
    return parts;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    parsed_message const one(std::string(reinterpret_cast<char const*>(data), size));
    require(walk(one.content(), 1, size) <= parsed_message::most_parts);
    (void)one.find("Subject");
    return 0;
}
