// says: milterproto: on_body is private, overloaded or a template
#include "milterproto/handler.hpp"

using namespace milterproto;

struct author {
    body_verdict on_body(connection&, message<>&, body_event const&) { return proceed; }
#ifdef WITH_FAULT
    body_verdict on_body(std::string_view) { return proceed; }
#endif
};

auto made = make_filter(author());
