#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "milterproto/socket_spec.hpp"

/// Text that an operator writes for a socket.
///
/// Invariants: whatever can be parsed prints as text that parses to the same value; only a descriptor has no
/// endpoint. (MP-257 to MP-263)
namespace {

using milterproto::socket_spec;

void require(bool condition, char const* what) {
    if (condition) return;
    std::fprintf(stderr, "broken: %s\n", what);
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const spec = socket_spec::parse({reinterpret_cast<char const*>(data), size});
    if (!spec) return 0;
    auto const printed = spec->to_string();
    auto const again = socket_spec::parse(printed);
    require(again.has_value(), "the printed text can be parsed");
    require(again->to_string() == printed, "it prints the same again");
    require(again->family() == spec->family() && again->port() == spec->port(), "all its parts are the same");
    if (spec->family() != socket_spec::kind::descriptor) {
        require(spec->endpoint() == again->endpoint(), "its endpoint is the same");
    } else {
        require(spec->descriptor() >= 0, "a descriptor is not negative");
    }
    return 0;
}
