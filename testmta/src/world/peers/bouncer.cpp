#include "world/peers/bouncer.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include "host/net.hpp"
#include "world/peers/bounce.hpp"

namespace testmta::world {

namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

/// For the whole delivery, which is to a server on this machine.
constexpr std::chrono::seconds delivery_limit{60};
constexpr std::size_t longest_reply = 64 * 1024;

/// Returns the content as it is sent after DATA (RFC 5321 4.5.2).
std::string with_dots(std::string_view content) {
    std::string sent;
    auto begins_line = true;
    for (char const octet : content) {
        if (begins_line && octet == '.') sent += '.';
        sent += octet;
        begins_line = octet == '\n';
    }
    return sent + ".\r\n";
}

/// One delivery to a server, which closes itself when it takes too long.
class delivery : public std::enable_shared_from_this<delivery> {
public:
    explicit delivery(asio::any_io_executor const& executor) : socket_(executor), limit_(executor) {}

    /// Returns the reply to the message or to what was refused before it, or why there is none.
    asio::awaitable<std::string> run(tcp::endpoint to, std::string host, std::string recipient,
                                     std::string content) {
        limit_.expires_after(delivery_limit);
        limit_.async_wait([self = shared_from_this()](boost::system::error_code cancelled) {
            if (!cancelled) self->socket_.close();
        });
        auto const [bad] = co_await socket_.async_connect(to, as_value);
        auto reply = bad ? bad.message() : std::string();
        std::string const steps[] = {
            "",         "EHLO " + host + "\r\n", "MAIL FROM:<>\r\n", "RCPT TO:<" + recipient + ">\r\n",
            "DATA\r\n", with_dots(content)};
        auto goes_on = !bad;
        for (auto const& one : steps) {
            if (!goes_on) break;
            reply = co_await ask(one);
            goes_on = reply.starts_with('2') || reply.starts_with("354");
        }
        std::string const farewell = "QUIT\r\n";
        if (!bad) co_await ask(farewell);
        limit_.cancel();
        co_return reply;
    }

private:
    /// Returns the last line of the reply.
    asio::awaitable<std::string> ask(std::string const& what) {
        auto const octets = asio::buffer(what);
        auto const [unsent, sent] = co_await asio::async_write(socket_, octets, as_value);
        if (unsent) co_return "the connection was lost: " + unsent.message();
        for (;;) {
            auto into = asio::dynamic_buffer(heard_, longest_reply);
            auto const [bad, count] = co_await asio::async_read_until(socket_, into, "\r\n", as_value);
            if (bad) co_return "no reply: " + bad.message();
            auto line = heard_.substr(0, count - 2);
            heard_.erase(0, count);
            auto const is_last = line.size() < 4 || line[3] != '-';
            if (is_last) co_return line;
        }
    }

    tcp::socket socket_;
    asio::steady_timer limit_;
    std::string heard_;
};

/// Counts what waits, also where the wait ends because the world does.
class turn_taken {
public:
    explicit turn_taken(std::shared_ptr<std::size_t> count) : count_(std::move(count)) { ++*count_; }
    turn_taken(turn_taken const&) = delete;
    ~turn_taken() { --*count_; }

private:
    std::shared_ptr<std::size_t> count_;
};

asio::awaitable<void> deliver(bounce how, std::shared_ptr<received_message const> of, std::string peer,
                              std::uint64_t connection, journal& log,
                              [[maybe_unused]] std::shared_ptr<turn_taken> turn) {
    co_await sleep(how.after);
    auto const executor = co_await asio::this_coro::executor;
    auto const one = std::make_shared<delivery>(executor);
    tcp::endpoint const to(how.to, how.port);
    auto const reply = co_await one->run(to, peer, of->sender, make_bounce(*of, peer));
    log.record(connection, peer, journal::direction::bounced, reply, std::chrono::steady_clock::now());
}

}  // namespace

void bouncer::send(asio::any_io_executor executor, bounce const& how,
                   std::shared_ptr<received_message const> of, std::string peer, std::uint64_t connection) {
    std::string_view problem;
    if (of->sender.empty()) problem = "not sent: the message has the null sender";
    if (*pending_ >= most_pending) problem = "not sent: too many bounces wait";
    if (!problem.empty())
        return log_.record(connection, peer, journal::direction::bounced, problem,
                           std::chrono::steady_clock::now());
    auto turn = std::make_shared<turn_taken>(pending_);
    asio::co_spawn(executor, deliver(how, std::move(of), std::move(peer), connection, log_, std::move(turn)),
                   asio::detached);
}

}  // namespace testmta::world
