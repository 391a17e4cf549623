#include "run/listening.hpp"

#include "run/usage.hpp"

namespace testmta::run {

std::unique_ptr<milterproto::listener> listen_at(boost::asio::any_io_executor const& executor,
                                                 milterproto::socket_spec const& where,
                                                 std::optional<unsigned> socket_mode) {
    milterproto::listener_options options;
    options.stale = milterproto::stale_socket::remove;
    options.socket_mode = socket_mode;
    auto opened = milterproto::listener::open(executor, where, options);
    if (!opened)
        throw usage_error("cannot listen at " + where.to_string() + ": " +
                          milterproto::explain_listening(where, opened.error()));
    return std::make_unique<milterproto::listener>(std::move(*opened));
}

}  // namespace testmta::run
