// A milter of few lines: refuses mail from one sender and marks all other mail.
#include <iostream>
#include <milterproto/milterproto.hpp>

using namespace milterproto;

struct first_filter {
    message_verdict on_mail(connection&, message<>&, mail_event const& event) {
        if (event.path != "<spam@example.com>") return proceed;
        return *smtp_reply::make(550, "5.7.1", "Not from you");
    }
    message_verdict on_eom(connection&, message<>&, eom_actions<edit::add_header>& actions) {
        if (!actions.add_header("X-Filtered-By", "first_filter")) return tempfail;
        return proceed;
    }
};

int main(int count, char** arguments) {
    auto const where = socket_spec::parse(count == 2 ? arguments[1] : "inet:8890@127.0.0.1");
    auto const ran = where ? run(*where, [] { return make_filter(first_filter()); }) : where.error();
    if (!ran) std::cerr << ran.error().message() << '\n';
    return ran ? 0 : 1;
}
