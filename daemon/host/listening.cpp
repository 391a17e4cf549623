#include "host/listening.hpp"

#include <stdexcept>

namespace vouchd {

milterproto::acceptor listen_at(boost::asio::any_io_executor const& executor,
                                milterproto::socket_spec const& where,
                                milterproto::listener_options const& options, std::string_view key) {
    auto opened = milterproto::open_listener(executor, where, options);
    if (opened.has_error()) {
        auto const why = opened.error().message();
        throw std::runtime_error(std::string(key) + ": " + where.to_string() + ": " + why);
    }
    return *std::move(opened);
}

}  // namespace vouchd
