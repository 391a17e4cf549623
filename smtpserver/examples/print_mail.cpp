// Receives mail for a domain, and prints it:  print_mail [DOMAIN [SOCKET]]
#include <boost/asio/io_context.hpp>
#include <exception>
#include <iostream>

#include "smtpserver/parsed_message.hpp"
#include "smtpserver/smtpserver.hpp"

namespace {

smtpserver::reply on_rcpt(smtpserver::connection const&, smtpserver::mail_arguments const&,
                          smtpserver::rcpt_arguments const& rcpt) {
    if (rcpt.path.local_part() == "nobody") return {550, "5.1.1 There is nobody of that name"};
    return 250;
}

int on_message(smtpserver::connection const&, smtpserver::message const& mail) {
    smtpserver::parsed_message const parsed(mail);
    std::cout << mail.sender() << " says \"" << parsed.find("Subject").value_or("") << "\" to";
    for (auto const& one : mail.recipients()) std::cout << ' ' << one;
    std::cout << ":\n" << parsed.content().body() << std::endl;
    return 250;
}

}  // namespace

int main(int count, char** arguments) try {
    smtpserver::callbacks application;
    application.on_rcpt = on_rcpt;
    application.on_message = on_message;
    boost::asio::io_context loop;
    smtpserver::server server(loop.get_executor(), {count > 1 ? arguments[1] : "localhost"}, application);
    server.listen(smtpserver::socket_spec::parse(count > 2 ? arguments[2] : "inet:2525").value()).value();
    server.start();
    loop.run();
} catch (std::exception const& e) {
    std::cerr << e.what() << '\n';
    return 1;
}
