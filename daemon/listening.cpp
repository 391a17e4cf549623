#include "listening.hpp"

#include <stdexcept>

namespace vouchd {

unsigned permissions(std::string const& mode) {
    constexpr int octal = 8;
    return static_cast<unsigned>(std::stoul(mode, nullptr, octal));
}

milterproto::acceptor listen_at(boost::asio::any_io_executor const& executor,
                                milterproto::socket_spec const& where, std::string const& mode,
                                std::string_view key) {
    milterproto::listener_options options;
    options.stale = milterproto::stale_socket::remove;
    options.socket_mode = permissions(mode);
    auto opened = milterproto::open_listener(executor, where, options);
    if (opened.has_error()) {
        auto const why = opened.error().message();
        throw std::runtime_error(std::string(key) + ": " + where.to_string() + ": " + why);
    }
    return *std::move(opened);
}

}  // namespace vouchd
