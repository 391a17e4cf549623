#include <boost/asio/io_context.hpp>
#include <cstdio>

#include "callout_command_line.hpp"
#include "smtpserver/smtpserver.hpp"

/// The receiving server as an author uses it, in one process and one thread: it takes every message, and
/// keeps none.
///
///     bench_smtp_server --port N [--connections N]
int main(int argc, char** argv) {
    bench::callout_command_line const wanted(argc, argv);
    auto const connections = wanted.number("--connections", 1000);
    constexpr std::size_t descriptors_besides = 100;
    bench::allow_descriptors(connections + descriptors_besides);

    smtpserver::server_options options;
    options.session.host_name = "mx.bench.test";
    options.max_connections = options.max_connections_of_client = connections;
    smtpserver::callbacks application;
    application.on_message = [](smtpserver::connection const&, smtpserver::message const&) { return 250; };
    boost::asio::io_context loop{1};
    smtpserver::server server(loop.get_executor(), {"bench.test", "*"}, application, options);
    auto const where =
        smtpserver::socket_spec::parse("inet:" + std::to_string(wanted.number("--port")) + "@127.0.0.1");
    if (!server.listen(*where)) bench::give_up("listen");
    server.start();
    loop.run();
}
