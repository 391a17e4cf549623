// A program outside of Vouch that uses the installed library: it sends one message to a server of its own.
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <iostream>
#include <smtpserver/parsed_message.hpp>
#include <smtpserver/smtpserver.hpp>
#include <thread>

#if !defined(BOOST_ASIO_SEPARATE_COMPILATION) || !defined(BOOST_ASIO_NO_DEPRECATED)
#error "compiled in another way than the library"
#endif
#if __has_include(<core/arguments.hpp>) || __has_include(<smtpserver/spool.hpp>)
#error "a private header was installed"
#endif

namespace asio = boost::asio;

/// Returns what the server says to a whole session, sent at once.
std::string said_to_client(std::string const& path) {
    asio::io_context own;
    asio::local::stream_protocol::socket peer(own);
    peer.connect(asio::local::stream_protocol::endpoint(path));
    asio::write(peer, asio::buffer(std::string("EHLO client.example\r\nMAIL FROM:<ann@example.org>\r\n"
                                               "RCPT TO:<bob@example.com>\r\nDATA\r\n")));
    std::string said;
    asio::read_until(peer, asio::dynamic_buffer(said), "354 ");
    asio::write(peer, asio::buffer(std::string("Subject: hello\r\n\r\nworld\r\n.\r\nQUIT\r\n")));
    boost::system::error_code ended;
    asio::read_until(peer, asio::dynamic_buffer(said), "221 2.0.0 Bye\r\n", ended);
    return said;
}

int main() {
    auto const path =
        (std::filesystem::temp_directory_path() / ("receiving-" + std::to_string(::getpid()))).string();
    asio::io_context loop;
    std::string subject;
    smtpserver::callbacks application;
    application.on_message = [&](smtpserver::connection const&, smtpserver::message const& mail) {
        subject = smtpserver::parsed_message(mail).find("subject").value_or("");
        return std::pair(250, "2.6.0 kept");
    };
    smtpserver::server server(loop.get_executor(), {"example.com"}, application);
    server.listen(smtpserver::socket_spec::parse("unix:" + path).value()).value();
    server.start();
    std::string said;
    std::thread client([&] {
        said = said_to_client(path);
        asio::post(loop, [&] { server.stop(); });
    });
    loop.run();
    client.join();
    std::cout << said << subject << '\n';
    return subject == "hello" && said.find("250 2.6.0 kept") != said.npos ? 0 : 1;
}
