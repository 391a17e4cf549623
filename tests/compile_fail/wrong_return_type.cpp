// says: milterproto: on_rcpt returns message_verdict or void, or a task of one of them
#include "milterproto/handler.hpp"

using namespace milterproto;

struct author {
#ifdef WITH_FAULT
    bool on_rcpt(connection&, message<>&, rcpt_event const&) { return true; }
#else
    message_verdict on_rcpt(connection&, message<>&, rcpt_event const&) { return proceed; }
#endif
};

auto made = make_filter(author());
