// A filter that talks to the system as well: the system's names come first, and no verdict is one of them.
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

#include "milterproto/milterproto.hpp"
#include "milterproto/rehearsal.hpp"

#include <gtest/gtest.h>

using namespace milterproto;

namespace {

struct every_verdict {
    message_verdict on_mail(connection&, message<>&, mail_event const& event) {
        if (event.path == "<accept@example.org>") return accept_now;
        if (event.path == "<reject@example.org>") return reject;
        if (event.path == "<tempfail@example.org>") return tempfail;
        if (event.path == "<discard@example.org>") return discard;
        return proceed;
    }
    body_verdict on_body(connection&, message<>&, body_event const&) { return skip; }
};

}  // namespace

TEST(system_names, none_is_a_verdict) {
    rehearsal mta(make_filter(every_verdict()));
    for (std::string const word : {"accept", "reject", "tempfail", "discard", "proceed"})
        EXPECT_EQ(mta.mail('<' + word + "@example.org>"), word);
    EXPECT_EQ(mta.rcpt("<ann@example.org>"), "(not sent)");
    EXPECT_EQ(mta.body("hello"), "skip");
}
