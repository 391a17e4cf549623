// A program outside of Vouch that uses the installed library: it sends one message to a server in memory.
#include <boost/asio/io_context.hpp>
#include <callout/testing/memory_world.hpp>
#include <iostream>
#include <submission/submission.hpp>

#if !defined(BOOST_ASIO_SEPARATE_COMPILATION) || !defined(BOOST_ASIO_NO_DEPRECATED)
#error "compiled in another way than the library"
#endif
#if __has_include(<sending/session.hpp>) || __has_include(<submission/session.hpp>)
#error "a private header was installed"
#endif

int main() {
    callout::testing::memory_world world;
    world.net.put("192.0.2.10", callout::testing::scripted_peer()
                                    .on("DATA", "354 go on\r\n")
                                    .on("Subject", "")
                                    .on(".", "250 2.6.0 kept\r\n"));
    submission::batch mail;
    auto& message = mail.add({std::nullopt, submission::text_content("Subject: hello\n")});
    message.to(submission::mailbox::parse("bob@example.com").value());
    submission::client_options options;
    options.tls = submission::tls_policy::may;
    submission::client client(world.doors(), options);
    std::string said;
    submission::listener watching(
        [&](submission::event::message_result const& e) { said = e.reply ? e.reply->text() : "no reply"; });
    auto const to = submission::destination::parse("192.0.2.10:25").value();
    auto const sent = world.run(client.send(mail, to, &watching));
    boost::asio::io_context loop;
    submission::client const real(loop.get_executor());  // links sockets, resolver and TLS
    std::cout << said << '\n';
    return sent && message.accepted() && said == "250 2.6.0 kept" ? 0 : 1;
}
