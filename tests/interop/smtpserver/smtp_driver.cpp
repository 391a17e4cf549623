// Receives mail and writes a line of JSON for each message:  smtp_driver PORT TLS-PORT LMTP-PATH CERTIFICATE
// KEY
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/json.hpp>
#include <csignal>
#include <exception>
#include <iostream>

#include "smtpserver/parsed_message.hpp"
#include "smtpserver/smtpserver.hpp"

namespace {

using namespace smtpserver;
namespace json = boost::json;

json::object described(rcpt_arguments const& one) {
    json::object made{{"address", one.path.address()}};
    if (one.notify) {
        made["notify"] = one.notify->never
                             ? "never"
                             : std::string(one.notify->success ? "s" : "") +
                                   (one.notify->failure ? "f" : "") + (one.notify->delay ? "d" : "");
    }
    if (one.original) made["original"] = one.original->type + ';' + one.original->address;
    return made;
}

json::object described(connection const& who, message const& what) {
    constexpr std::string_view bodies[] = {"7BIT", "8BITMIME", "BINARYMIME"};
    parsed_message const parsed(what);
    auto const& mail = what.envelope().mail;
    json::array to;
    for (auto const& one : what.envelope().recipients) to.push_back(described(one));
    json::object made{{"from", what.sender()},
                      {"to", to},
                      {"size", what.size()},
                      {"subject", parsed.find("Subject").value_or("")},
                      {"text", parsed.content().body()},
                      {"parts", parsed.content().parts().size()},
                      {"body", bodies[static_cast<std::size_t>(mail.body)]},
                      {"smtputf8", mail.smtputf8},
                      {"hello", who.hello},
                      {"user", who.user},
                      {"tls", who.tls ? who.tls->version : ""}};
    if (mail.envelope_id) made["envelope_id"] = *mail.envelope_id;
    if (mail.ret == returned::headers) made["ret"] = "hdrs";
    return made;
}

callbacks application() {
    callbacks made;
    made.on_rcpt = [](connection const&, mail_arguments const&, rcpt_arguments const& rcpt) -> reply {
        if (rcpt.path.local_part() == "ghost") return {550, "5.1.1 No such user"};
        return 250;
    };
    made.on_message = [](connection const& who, message const& what) {
        std::cout << json::serialize(described(who, what)) << std::endl;
        return 250;
    };
    made.on_auth = [](connection const&, credentials const& given) {
        return given.user == "joe" && given.password == "secret" ? 235 : 535;
    };
    return made;
}

void run(char** arguments) {
    boost::asio::io_context loop;
    server_options options;
    options.session.host_name = "mx.y.example";
    options.tls = tls_files{arguments[4], arguments[5]};
    server smtp(loop.get_executor(), {"y.example"}, application(), options);
    smtp.listen(socket_spec::parse("inet:" + std::string(arguments[1])).value()).value();
    smtp.listen(socket_spec::parse("inet:" + std::string(arguments[2])).value(), tls_start::at_once).value();
    smtp.start();
    auto for_lmtp = options;
    for_lmtp.session.protocol = protocol::lmtp;
    server lmtp(loop.get_executor(), {"y.example"}, application(), for_lmtp);
    lmtp.listen(socket_spec::parse("unix:" + std::string(arguments[3])).value()).value();
    lmtp.start();
    boost::asio::signal_set ending(loop, SIGTERM);
    ending.async_wait([&](boost::system::error_code, int) {
        smtp.drain();
        lmtp.drain();
    });
    loop.run();
}

}  // namespace

int main(int count, char** arguments) try {
    if (count != 6) return 64;
    run(arguments);
} catch (std::exception const& e) {
    std::cerr << e.what() << '\n';
    return 1;
}
