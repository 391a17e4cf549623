// A program outside of Vouch that uses the installed library: a filter, rehearsed, and behind a server that
// is asked by a socket.
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <iostream>
#include <milterproto/core/codec.hpp>
#include <milterproto/milterproto.hpp>
#include <milterproto/rehearsal.hpp>

#if !defined(BOOST_ASIO_SEPARATE_COMPILATION) || !defined(BOOST_ASIO_NO_DEPRECATED)
#error "compiled in another way than the library"
#endif

namespace asio = boost::asio;
using namespace milterproto;

struct author {
    message_verdict on_mail(connection&, message<>&, mail_event const&) { return reject; }
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

    // 17 octets of agreement and 5 of the verdict.
    std::string answer(22, '\0');
    for (int turns = 0; mta.available() < answer.size(); ++turns) {
        if (turns == 200) return fail("no answer");
        loop.run_for(std::chrono::milliseconds(50));
        loop.restart();
    }
    mta.read_some(asio::buffer(answer));
    if (answer.back() != static_cast<char>(core::answer::reject)) return fail("not refused");
    filters.stop();
    loop.run_for(std::chrono::seconds(1));
    std::cout << "refused\n";
    return 0;
}
