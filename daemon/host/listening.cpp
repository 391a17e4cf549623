#include "host/listening.hpp"

#include <stdexcept>

namespace vouchd {

std::string listening_fault(std::string_view key, milterproto::socket_spec const& where,
                            boost::system::error_code why) {
    return std::string(key) + ": " + where.to_string() + ": " + milterproto::explain_listening(where, why);
}

milterproto::listener listen_at(boost::asio::any_io_executor const& executor,
                                milterproto::socket_spec const& where,
                                milterproto::listener_options const& options, std::string_view key) {
    auto opened = milterproto::listener::open(executor, where, options);
    if (opened.has_error()) throw std::runtime_error(listening_fault(key, where, opened.error()));
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
