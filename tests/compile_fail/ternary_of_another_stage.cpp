// says: milterproto: only a message can be discarded
#include "milterproto/handler.hpp"

using namespace milterproto;

struct author {
    session_verdict on_helo(connection&, helo_event const& greeting) {
#ifdef WITH_FAULT
        return greeting.name == "localhost" ? discard : proceed;
#else
        return greeting.name == "localhost" ? accept_now : proceed;
#endif
    }
};

auto made = make_filter(author());
