#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "world/control/control_api.hpp"

namespace testmta::world {

/// Serves the control interface by HTTP/1.1 on loopback. Everything that a client can make grow or last is
/// bounded: the head and body of a request, how long it takes, the number of connections, and the events that
/// a reader leaves unread.
class control_server {
public:
    /// Listens at inet:PORT@HOST; port 0 chooses a free one. Throws std::runtime_error, also if the host is
    /// not on loopback. `stop` is called after the reply to POST /stop. What is borrowed must outlive the
    /// executor's work.
    control_server(boost::asio::any_io_executor executor, std::string const& where, control_api& api,
                   conversation_log& conversations, std::function<void()> stop);

    std::string url() const;
    void serve();

private:
    struct shared_state;

    boost::asio::ip::tcp::acceptor acceptor_;
    std::shared_ptr<shared_state> state_;
};

}  // namespace testmta::world
