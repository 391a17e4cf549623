// Awaits something slow in a callback: a lookup server is asked whether it knows the recipient, by the
// protocol of Postfix's tcp_table ("get KEY", answered by "200 VALUE", "500 not found" or "400 later"). Other
// connections go on meanwhile; if the MTA gives up, the lookup is cancelled.
//
//     slow_lookup inet:8890@127.0.0.1 LOOKUP-PORT
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <iostream>
#include <memory>
#include <milterproto/milterproto.hpp>

namespace asio = boost::asio;
using namespace milterproto;

constexpr auto outcome = asio::as_tuple(asio::use_awaitable);

class lookup_filter {
public:
    explicit lookup_filter(asio::ip::tcp::endpoint server) : server_(server) {}

    task<message_verdict> on_rcpt(connection&, message<>&, rcpt_event const& event) {
        auto const answer = co_await look_up(std::string(event.path));
        if (answer.starts_with("200 ")) co_return proceed;
        // No answer must not be the recipient's fault.
        if (!answer.starts_with("500 ")) co_return tempfail;
        auto reply = smtp_reply::make(550, "5.1.1", "No such recipient");
        if (!reply) co_return reject;
        co_return *std::move(reply);
    }

private:
    /// Returns the key with tcp_table's spelling of bytes that would separate words.
    static std::string encoded(std::string_view key) {
        constexpr std::string_view digits = "0123456789ABCDEF";
        std::string text;
        for (char const c : key) {
            auto const byte = static_cast<unsigned char>(c);
            if (byte > ' ' && byte < 0x7f && c != '%') {
                text.push_back(c);
            } else {
                text.append(1, '%').append(1, digits[byte >> 4]).append(1, digits[byte & 15]);
            }
        }
        return text;
    }

    /// Returns the answer, or an empty text if there was none in time. The time is less than the MTA's, which
    /// would give us up.
    task<std::string> look_up(std::string key) {
        auto const here = co_await asio::this_coro::executor;
        auto const server = std::make_shared<asio::ip::tcp::socket>(here);
        timer limit(here);
        limit.call_after(std::chrono::seconds(5), [server] { server->close(); });
        std::string const question = "get " + encoded(key) + "\n";
        std::string answer;
        auto const [unreachable] = co_await server->async_connect(server_, outcome);
        if (unreachable) co_return answer;
        auto const [unwritten, written] =
            co_await asio::async_write(*server, asio::buffer(question), outcome);
        if (unwritten) co_return answer;
        auto const into = asio::dynamic_buffer(answer, 4096);
        auto const [unread, read] = co_await asio::async_read_until(*server, into, '\n', outcome);
        if (unread) answer.clear();
        co_return answer;
    }

    asio::ip::tcp::endpoint server_;
};

int main(int count, char** arguments) {
    if (count != 3) {
        std::cerr << "usage: slow_lookup SOCKET LOOKUP-PORT\n";
        return 2;
    }
    auto const where = socket_spec::parse(arguments[1]);
    auto const lookup = socket_spec::parse(std::string("inet:127.0.0.1:") + arguments[2]);
    if (!where || !lookup) {
        auto const& wrong = !where ? where : lookup;
        std::cerr << arguments[!where ? 1 : 2] << ": " << wrong.error().message() << '\n';
        return 2;
    }
    asio::ip::tcp::endpoint const server(asio::ip::address_v4::loopback(), lookup->port());
    auto const ran = run(*where, [server] { return make_filter(lookup_filter(server)); });
    return ran ? 0 : 1;  // it has written to stderr why it cannot listen
}
