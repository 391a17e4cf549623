// says: milterproto: message_state is made anew for each message, so it must be default constructible
#include "milterproto/handler.hpp"

using namespace milterproto;

struct author {
    struct message_state {
#ifdef WITH_FAULT
        explicit message_state(int)
#else
        message_state()
#endif
        {
        }
    };
    void on_mail(connection&, message<message_state>&, mail_event const&) {}
};

auto made = make_filter(author());
