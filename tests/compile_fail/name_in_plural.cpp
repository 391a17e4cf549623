// says: milterproto: the callback for each header is named on_header
#include "milterproto/handler.hpp"

using namespace milterproto;

struct author {
    message_verdict on_eom(connection&, message<>&) { return proceed; }
#ifdef WITH_FAULT
    void on_headers(connection&, message<>&, header_event const&) {}
#else
    void on_header(connection&, message<>&, header_event const&) {}
#endif
};

auto made = make_filter(author());
