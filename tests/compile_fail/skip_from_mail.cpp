// says: milterproto: only the rest of a body can be skipped: return skip from on_body
#include "milterproto/handler.hpp"

using namespace milterproto;

struct author {
    task<message_verdict> on_mail(connection&, message<>&, mail_event const&) {
#ifdef WITH_FAULT
        co_return skip;
#else
        co_return proceed;
#endif
    }
};

auto made = make_filter(author());
