// says: milterproto: on_mail takes (connection&, message<message_state>&, mail_event const&)
#include "milterproto/handler.hpp"

using namespace milterproto;

struct author {
#ifdef WITH_FAULT
    message_verdict on_mail(connection&, message<>&, helo_event const&) { return proceed; }
#else
    message_verdict on_mail(connection&, message<>&, mail_event const&) { return proceed; }
#endif
};

auto made = make_filter(author());
