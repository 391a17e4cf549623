// says: ignoring return value of
#include "milterproto/handler.hpp"

using namespace milterproto;

struct author {
    message_verdict on_eom(connection&, message<>&, eom_actions<edit::add_header>& actions) {
#ifdef WITH_FAULT
        actions.add_header("X-Seen", "yes");
#else
        if (!actions.add_header("X-Seen", "yes")) return tempfail;
#endif
        return proceed;
    }
};

auto made = make_filter(author());
