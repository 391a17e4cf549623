// says: milterproto: macros and edits are agreed before all else: take negotiation in on_negotiate
// MP-052
#include "milterproto/handler.hpp"

using namespace milterproto;

struct author {
#ifdef WITH_FAULT
    void on_mail(connection&, message<>&, mail_event const&, negotiation& what) {
        (void)what.ask_macros(macro_stage::rcpt, "{rcpt_addr}");
    }
#else
    negotiate_verdict on_negotiate(connection&, negotiation& what) {
        if (!what.ask_macros(macro_stage::rcpt, "{rcpt_addr}")) return reject;
        return proceed;
    }
#endif
};

auto made = make_filter(author());
