#include "host/listening.hpp"

#include <stdexcept>

namespace vouchd {

milterproto::listener listen_at(boost::asio::any_io_executor const& executor,
                                milterproto::socket_spec const& where,
                                milterproto::listener_options const& options, std::string_view key) {
    auto opened = milterproto::listener::open(executor, where, options);
    if (opened.has_error()) {
        auto const why = opened.error().message();
        throw std::runtime_error(std::string(key) + ": " + where.to_string() + ": " + why);
    }
    return *std::move(opened);
}

boost::asio::generic::stream_protocol::socket keep(milterproto::newcomer& peer,
                                                   boost::asio::any_io_executor const& executor) {
    boost::asio::generic::stream_protocol::socket kept(executor);
    kept.assign({peer.family(), 0}, peer.descriptor());
    (void)peer.release();
    return kept;
}

}  // namespace vouchd
