// says: milterproto: nobody hears a reply in a negotiation: return proceed or reject
#include "milterproto/handler.hpp"

using namespace milterproto;

struct author {
    negotiate_verdict on_negotiate(connection&, negotiation&) {
#ifdef WITH_FAULT
        return smtp_reply::make(550, "5.7.1", "Not today").value();
#else
        return reject;
#endif
    }
};

auto made = make_filter(author());
