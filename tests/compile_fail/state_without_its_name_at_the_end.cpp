// says: milterproto: the handler names the state of its messages message_state: struct message_state
#include "milterproto/handler.hpp"

using namespace milterproto;

struct my_state {
    int refused = 0;
};

struct author {
#ifndef WITH_FAULT
    using message_state = my_state;
#endif
    message_verdict on_eom(connection&, message<my_state>&, eom_actions<edit::add_header>&) {
        return proceed;
    }
};

auto made = make_filter(author());
