// says: milterproto: on_connect returns session_verdict or void, or a task of one of them
#include "milterproto/handler.hpp"

using namespace milterproto;

struct author {
#ifdef WITH_FAULT
    task<message_verdict> on_connect(connection&, connect_event const&) { co_return proceed; }
#else
    task<session_verdict> on_connect(connection&, connect_event const&) { co_return proceed; }
#endif
};

auto made = make_filter(author());
