// says: milterproto: the callback for MAIL is named on_mail
#include "milterproto/handler.hpp"

using namespace milterproto;

struct author {
    message_verdict on_eom(connection&, message<>&) { return proceed; }
#ifdef WITH_FAULT
    void on_from(connection&, message<>&, mail_event const&) {}
#else
    void on_mail(connection&, message<>&, mail_event const&) {}
#endif
};

auto made = make_filter(author());
