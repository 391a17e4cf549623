// says: milterproto: message_state is private, or is not a type
#include "milterproto/handler.hpp"

using namespace milterproto;

class author {
#ifndef WITH_FAULT
public:
#endif
    struct message_state {
        int refused = 0;
    };

public:
    void on_mail(connection&, message<message_state>&, mail_event const&) {}
};

auto made = make_filter(author());
