// says: milterproto: a callback is a member function, and not static
#include "milterproto/handler.hpp"

using namespace milterproto;

struct author {
#ifdef WITH_FAULT
    static
#endif
        message_verdict
        on_mail(connection&, message<>&, mail_event const&) {
        return proceed;
    }
};

auto made = make_filter(author());
