// says: milterproto: on_abort returns void, or a task of void
#include "milterproto/handler.hpp"

using namespace milterproto;

struct author {
#ifdef WITH_FAULT
    message_verdict on_abort(connection&, message<>&) { return proceed; }
#else
    void on_abort(connection&, message<>&) {}
#endif
};

auto made = make_filter(author());
