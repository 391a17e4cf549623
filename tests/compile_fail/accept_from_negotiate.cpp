// says: milterproto: a negotiation ends in proceed, or in reject, which closes the connection
#include "milterproto/handler.hpp"

using namespace milterproto;

struct author {
    negotiate_verdict on_negotiate(connection&, negotiation& what) {
#ifdef WITH_FAULT
        return what.offer().version == 2 ? tempfail : proceed;
#else
        return what.offer().version == 2 ? reject : proceed;
#endif
    }
};

auto made = make_filter(author());
