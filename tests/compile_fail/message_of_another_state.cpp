// says: milterproto: on_rcpt takes (connection&, message<message_state>&, rcpt_event const&)
#include "milterproto/handler.hpp"

using namespace milterproto;

struct author {
    struct message_state {
        int refused = 0;
    };
#ifdef WITH_FAULT
    message_verdict on_rcpt(connection&, message<>&, rcpt_event const&) { return proceed; }
#else
    message_verdict on_rcpt(connection&, message<message_state>&, rcpt_event const&) { return proceed; }
#endif
};

auto made = make_filter(author());
