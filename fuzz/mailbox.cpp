// Text from people and peers where an address is expected.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "callout/helo_name.hpp"
#include "callout/mailbox.hpp"

namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
}

void check(callout::mailbox const& box) {
    auto const address = box.address();
    // What goes into RCPT TO:<...> contains neither a line end nor a closing bracket.
    require(std::ranges::none_of(address, is_control));
    require(!box.local_part().empty() && box.local_part().size() <= 320);
    bool const is_quoted = box.local_part().front() == '"';
    require(is_quoted || box.local_part().find_first_of("<> \"\\@") == std::string::npos);
    require(!box.domain().empty() && box.domain().size() <= 255);
    require(std::ranges::none_of(box.domain(), [](char c) { return c == '>' || c == '<' || c == ' '; }));
    require(box.is_literal() == (box.domain().front() == '['));
    require(box.is_literal() == box.literal().has_value());
    // Parsed again, it is the same address.
    auto const again = callout::mailbox::parse(address);
    require(again.has_value() && again->address() == address);
    require(again->needs_smtputf8() == box.needs_smtputf8());
    require(again->beyond_rfc5321() == box.beyond_rfc5321());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string const text(reinterpret_cast<char const*>(data), size);
    auto const box = callout::mailbox::parse(text);
    if (box) check(*box);
    (void)callout::is_helo_name(text);
    return 0;
}
