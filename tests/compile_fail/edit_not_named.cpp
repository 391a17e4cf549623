// says: milterproto: to change a header take eom_actions<edit::change_header>
#include "milterproto/handler.hpp"

using namespace milterproto;

struct author {
#ifdef WITH_FAULT
    using actions = eom_actions<edit::add_header>;
#else
    using actions = eom_actions<edit::add_header | edit::change_header>;
#endif
    message_verdict on_eom(connection&, message<>&, actions& change) {
        if (!change.change_header("Subject", 1, "checked")) return tempfail;
        return proceed;
    }
};

auto made = make_filter(author());
