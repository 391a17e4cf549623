#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "milterproto/server.hpp"

namespace milterproto::detail {

/// Obeys one filter_session: reads, writes, keeps time, calls the filter. One timer for the connection; when
/// it fires it notes the cause and closes the socket, and the pending operation comes back with an error that
/// the cause explains.
class session_loop : public std::enable_shared_from_this<session_loop> {
public:
    using socket = boost::asio::generic::stream_protocol::socket;

    session_loop(socket peer, std::uint64_t id, std::unique_ptr<filter> author, server_options const& options,
                 server_observer& watcher);

    task<> run();
    void stop();

private:
    task<any_verdict> guarded_call(core::filter_event const& event);
    any_verdict tell(any_verdict verdict);
    task<boost::system::error_code> exchange();
    void guard(std::chrono::milliseconds limit, errc cause);
    void unguard();
    std::chrono::milliseconds patience(errc& cause);
    boost::system::error_code explain(boost::system::error_code seen) const;

    socket peer_;
    boost::asio::steady_timer timer_;
    std::uint64_t id_;
    std::unique_ptr<filter> filter_;
    server_options const& options_;
    server_observer& watcher_;
    core::filter_session machine_;
    connection context_;
    std::chrono::steady_clock::time_point begun_;
    std::optional<std::chrono::steady_clock::time_point> frame_begun_;
    std::uint64_t frames_seen_ = 0;
    boost::system::error_code cut_;  ///< why we closed the socket ourselves
    bool threw_ = false;             ///< the callback of the event under way did
    bool owes_tempfail_ = false;     ///< a callback of this message threw where nothing can be answered
};

}  // namespace milterproto::detail
