// says: milterproto: the callback for RCPT is named on_rcpt
#include "milterproto/handler.hpp"

using namespace milterproto;

struct author {
    void on_close(connection&) {}
#ifdef WITH_FAULT
    message_verdict on_envrcpt(connection&, message<>&, rcpt_event const&) { return proceed; }
#else
    message_verdict on_rcpt(connection&, message<>&, rcpt_event const&) { return proceed; }
#endif
};

auto made = make_filter(author());
