// says: milterproto: on_data takes (connection&, message<message_state>&)
#include "milterproto/handler.hpp"

using namespace milterproto;

struct author {
#ifdef WITH_FAULT
    message_verdict on_data(connection&) { return proceed; }
#else
    message_verdict on_data(connection&, message<>&) { return proceed; }
#endif
};

auto made = make_filter(author());
