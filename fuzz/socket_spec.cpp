#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "milterproto/socket_spec.hpp"

/// What an operator writes for a socket.
///
/// What must hold: whatever is read prints itself as something that is read as the same; only a descriptor
/// has no endpoint. (MP-257 to MP-263)
namespace {

using milterproto::socket_spec;

void require(bool holds, char const* what) {
    if (holds) return;
    std::fprintf(stderr, "broken: %s\n", what);
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const spec = socket_spec::parse({reinterpret_cast<char const*>(data), size});
    if (!spec) return 0;
    auto const printed = spec->to_string();
    auto const again = socket_spec::parse(printed);
    require(again.has_value(), "what it prints can be read");
    require(again->to_string() == printed, "and is the same");
    require(again->family() == spec->family() && again->port() == spec->port(), "in all its parts");
    if (spec->family() != socket_spec::kind::descriptor) {
        require(spec->endpoint() == again->endpoint(), "and leads to the same place");
    } else {
        require(spec->descriptor() >= 0, "a descriptor is a number");
    }
    return 0;
}
