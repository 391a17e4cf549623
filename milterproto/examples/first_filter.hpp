#pragma once

#include <milterproto/milterproto.hpp>

/// A milter of few lines: refuses mail from one sender and marks all other mail.
namespace example {

using namespace milterproto;

struct first_filter {
    message_verdict on_mail(connection&, message<>&, mail_event const& event) {
        if (event.path != "<spam@example.com>") return proceed;
        return smtp_reply::make(550, "5.7.1", "Not from you").value();
    }
    message_verdict on_eom(connection&, message<>&, eom_actions<edit::add_header>& actions) {
        if (!actions.add_header("X-Filtered-By", "first_filter")) return tempfail;
        return proceed;
    }
};

}  // namespace example
