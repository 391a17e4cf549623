// says: milterproto: only a message can be discarded
#include "milterproto/handler.hpp"

using namespace milterproto;

struct author {
    session_verdict on_helo(connection&, helo_event const&) {
#ifdef WITH_FAULT
        return discard;
#else
        return reject;
#endif
    }
};

auto made = make_filter(author());
