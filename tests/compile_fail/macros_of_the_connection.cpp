// says: no member named 'ask_macros'
// MP-052
#include "milterproto/handler.hpp"

using namespace milterproto;

struct author {
    void on_helo(connection& peer, helo_event const&) {
#ifdef WITH_FAULT
        peer.ask_macros(macro_stage::rcpt, "{rcpt_addr}");
#else
        (void)peer.macro("{rcpt_addr}");
#endif
    }
};

auto made = make_filter(author());
