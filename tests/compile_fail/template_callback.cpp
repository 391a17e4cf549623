// says: milterproto: on_header is private, overloaded or a template
#include "milterproto/handler.hpp"

using namespace milterproto;

struct author {
#ifdef WITH_FAULT
    message_verdict on_header(connection&, auto&, header_event const&) { return proceed; }
#else
    message_verdict on_header(connection&, message<>&, header_event const&) { return proceed; }
#endif
};

auto made = make_filter(author());
