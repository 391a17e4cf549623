// A program outside of Vouch that uses the installed library: a filter that awaits a timer, rehearsed, and
// behind a server that is asked through a socket.
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <iostream>
#include <milterproto/core/wire/codec.hpp>
#include <milterproto/milterproto.hpp>
#include <milterproto/rehearsal.hpp>

#if !defined(BOOST_ASIO_SEPARATE_COMPILATION) || !defined(BOOST_ASIO_NO_DEPRECATED)
#error "compiled in another way than the library"
#endif

namespace asio = boost::asio;
using namespace milterproto;

struct author {
    task<message_verdict> on_mail(connection&, message<>&, mail_event const&) {
        asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(1));
        co_await timer.async_wait(asio::use_awaitable);
        co_return reject;
    }
};

int fail(std::string const& what) {
    std::cerr << what << '\n';
    return 1;
}

int main() {
    if (!(rehearsal(make_filter(author())).mail("<a@example.org>") == "reject"))
        return fail("badly rehearsed");

    asio::io_context loop;
    server filters(loop.get_executor(), [] { return make_filter(author()); }, server_options(), nullptr);
    auto const bound = filters.listen(*socket_spec::parse("inet:0@127.0.0.1"));
    if (!bound) return fail(bound.error().message());
    filters.start();

    asio::ip::tcp::socket mta(loop);
    mta.connect({asio::ip::address_v4::loopback(), filters.listening().front().port()});
    std::string packets;
    core::append_offer(packets, {core::newest_version, core::action::all, core::step::all});
    core::append_strings(packets, 'M', {"<a@example.org>"});
    asio::write(mta, asio::buffer(packets));

    std::string answer(17 + 5, '\0');  // what was agreed, and the verdict
    asio::async_read(mta, asio::buffer(answer), [&](boost::system::error_code, std::size_t) { loop.stop(); });
    loop.run();
    loop.restart();
    if (answer.back() != static_cast<char>(core::answer::reject)) return fail("not refused");
    filters.stop();
    loop.run_for(std::chrono::seconds(1));
    std::cout << "refused\n";
    return 0;
}
