// says: ignoring return
#include "milterproto/handler.hpp"

using namespace milterproto;

message_verdict judge(std::string_view path) {
    return path == "<spam@example.com>" ? reject : proceed;
}

struct author {
    message_verdict on_mail(connection&, message<>&, mail_event const& event) {
#ifdef WITH_FAULT
        judge(event.path);
        return proceed;
#else
        return judge(event.path);
#endif
    }
};

auto made = make_filter(author());
