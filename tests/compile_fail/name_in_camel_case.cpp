// says: milterproto: the callback for RCPT is named on_rcpt
#include "milterproto/handler.hpp"

using namespace milterproto;

struct author {
    message_verdict on_eom(connection&, message<>&) { return proceed; }
#ifdef WITH_FAULT
    void onRcpt(connection&, message<>&, rcpt_event const&) {}
#else
    void on_rcpt(connection&, message<>&, rcpt_event const&) {}
#endif
};

auto made = make_filter(author());
