// says: milterproto: on_eom returns message_verdict, or a task of it: the end of a message is always answered
#include "milterproto/handler.hpp"

using namespace milterproto;

struct author {
#ifdef WITH_FAULT
    void on_eom(connection&, message<>&) {}
#else
    message_verdict on_eom(connection&, message<>&) { return proceed; }
#endif
};

auto made = make_filter(author());
