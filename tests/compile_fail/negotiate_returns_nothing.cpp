// says: milterproto: on_negotiate returns negotiate_verdict, or a task of it
#include "milterproto/handler.hpp"

using namespace milterproto;

struct author {
#ifdef WITH_FAULT
    void on_negotiate(connection&, negotiation&) {}
#else
    negotiate_verdict on_negotiate(connection&, negotiation&) { return proceed; }
#endif
};

auto made = make_filter(author());
