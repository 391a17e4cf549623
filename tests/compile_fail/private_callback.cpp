// says: milterproto: on_helo is private, overloaded or a template
#include "milterproto/handler.hpp"

using namespace milterproto;

class author {
#ifndef WITH_FAULT
public:
#endif
    session_verdict on_helo(connection&, helo_event const&) { return proceed; }
};

auto made = make_filter(author());
