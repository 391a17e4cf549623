// What a client of the control interface sends: bytes that may be HTTP requests, one after another on one
// connection. Each request gets a reply of a sensible form (TM-132), and a world that was served before it is
// served afterwards or replaced as a whole.

#include <boost/asio/buffer.hpp>
#include <boost/beast/http.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "world/control/control_http.hpp"
#include "world/control/fake_world.hpp"

namespace {

using namespace testmta::world;

void require(bool condition) {
    if (!condition) std::abort();
}

void check(control_reply const& made) {
    require(made.status >= 200 && made.status < 500);
    if (made.then == control_reply::sequel::events) return;
    require(made.type != "application/json" || (made.body.starts_with('{') && made.body.ends_with("}\n")));
    require(made.status == 200 || made.body.starts_with("{\"error\":\""));
    require((made.status == 405) == !made.allow.empty());
}

/// Returns how many bytes a request took; 0 if there is none.
std::size_t serve(control_api& api, std::string_view octets) {
    http_parser parser;
    set_limits(parser);
    parser.eager(true);
    boost::system::error_code bad;
    auto const taken = parser.put(boost::asio::buffer(octets), bad);
    if (bad || !parser.is_done()) return 0;
    check(api.answer(to_control_request(parser.get())));
    return taken;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    fake_world world;
    conversation_log conversations;
    mailbag mail;
    control_api api(world, conversations, mail);
    conversations.add({1, "p", "connected", "127.0.0.1", "{}"});
    mail.add("p", std::make_shared<received_message>());
    std::string_view octets(reinterpret_cast<char const*>(data), size);
    while (auto const taken = serve(api, octets)) octets.remove_prefix(taken);
    return 0;
}
