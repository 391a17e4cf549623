// says: milterproto: a message is changed at its end and nowhere else: take eom_actions in on_eom
#include "milterproto/handler.hpp"

using namespace milterproto;

struct author {
#ifdef WITH_FAULT
    void on_header(connection&, message<>&, header_event const&, eom_actions<edit::add_header>& change) {
        (void)change.add_header("X-Seen", "yes");
    }
#else
    message_verdict on_eom(connection&, message<>&, eom_actions<edit::add_header>& change) {
        if (!change.add_header("X-Seen", "yes")) return tempfail;
        return proceed;
    }
#endif
};

auto made = make_filter(author());
