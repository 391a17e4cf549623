// says: milterproto: on_eom takes (connection&, message<message_state>&), and may take eom_actions<edits>& as
// its
#include "milterproto/handler.hpp"

using namespace milterproto;

struct author {
#ifdef WITH_FAULT
    using actions = eom_actions<edit::add_header>;
#else
    using actions = eom_actions<edit::add_header>&;
#endif
    message_verdict on_eom(connection&, message<>&, actions change) {
        if (!change.add_header("X-Seen", "yes")) return tempfail;
        return proceed;
    }
};

auto made = make_filter(author());
