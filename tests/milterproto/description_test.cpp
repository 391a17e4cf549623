#include "milterproto/description.hpp"

#include <gtest/gtest.h>

namespace milterproto {
namespace {

struct little {
    message_verdict on_rcpt(connection&, message<>&, rcpt_event const&) { return proceed; }
};

struct much {
    static constexpr macro_request macros[] = {{macro_stage::connect, "j {client_addr}"},
                                               {macro_stage::data, ""}};
    static constexpr extra extras = extra::rejected_recipients | extra::leading_space;
    static core::filter_wishes wishes() {
        core::filter_wishes chosen;
        chosen.largest_payload = limits::payload_1m;
        return chosen;
    }
    negotiate_verdict on_negotiate(connection&, negotiation&) { return proceed; }
    void on_connect(connection&, connect_event const&) {}
    task<> on_header(connection&, message<>&, header_event const&) { co_return; }
    task<message_verdict> on_eom(connection&, message<>&, eom_actions<edit::add_header | edit::body>&) {
        co_return proceed;
    }
    void on_abort(connection&, message<>&) {}
    void on_close(connection&) {}
};

struct every_edit {
    using actions_type =
        eom_actions<edit::add_header | edit::change_header | edit::body | edit::sender | edit::add_recipient |
                    edit::recipient_arguments | edit::remove_recipient | edit::quarantine>;
    message_verdict on_eom(connection&, message<>&, actions_type&) { return proceed; }
};

TEST(description, says_what_the_library_found_in_a_handler) {
    EXPECT_EQ(description_of<little>(),
              "callbacks: on_rcpt\n"
              "edits: none\n"
              "macros: as the MTA is configured\n"
              "extras: none\n");
    EXPECT_EQ(
        description_of<much>(),
        "callbacks: on_negotiate, on_connect (not answered), on_header (not answered), on_eom, on_abort, "
        "on_close\n"
        "edits: add_header, body\n"
        "macros at connect: j {client_addr}\n"
        "macros at data: none\n"
        "extras: rejected_recipients, leading_space\n"
        "chunks: up to 1048575 bytes\n");
    EXPECT_EQ(description_of<every_edit>(),
              "callbacks: on_eom\n"
              "edits: add_header, change_header, body, sender, add_recipient, recipient_arguments, "
              "remove_recipient, "
              "quarantine\n"
              "macros: as the MTA is configured\n"
              "extras: none\n");
}

}  // namespace
}  // namespace milterproto
