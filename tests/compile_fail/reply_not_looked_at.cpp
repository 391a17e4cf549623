// says: milterproto: the reply may be malformed: look at the result, then return *result
#include "milterproto/handler.hpp"

using namespace milterproto;

struct author {
    message_verdict on_mail(connection&, message<>&, mail_event const&) {
        auto const reply = smtp_reply::make(550, "5.7.1", "Not from you");
#ifdef WITH_FAULT
        return reply;
#else
        if (!reply) return reject;
        return *reply;
#endif
    }
};

auto made = make_filter(author());
