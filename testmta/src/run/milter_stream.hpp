#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <string>

#include "milterproto/core/wire/frame.hpp"
#include "milterproto/socket_spec.hpp"
#include "script/step.hpp"

namespace testmta::run {

/// A milter connection, at either end. Every wait has a limit (TM-063). The one timer cancels the pending
/// operation and does not close the socket, because a script may expect silence.
class milter_stream {
public:
    explicit milter_stream(boost::asio::any_io_executor executor);

    boost::asio::awaitable<boost::system::error_code> open(milterproto::socket_spec to, duration limit);
    /// Takes a connection that was accepted. The descriptor is the stream's from now on.
    void adopt(int family, int descriptor);
    /// Does not report that the peer is gone; the next read does.
    boost::asio::awaitable<void> write(std::string octets, split_writes how, duration limit);

    enum class arrival { frame, closed, late, malformed };
    boost::asio::awaitable<arrival> read(duration limit);
    core::frame const& frame() const noexcept { return frame_; }  ///< valid until the next read
    boost::system::error_code const& problem() const noexcept { return problem_; }  ///< what is malformed
    /// Returns the beginning of what the peer said, quoted, printable and cut to fit a line.
    std::string beginning() const;

    /// Shuts down the sending side. The peer reads the end of the stream, and may still write.
    void finish_writing();
    void close();
    /// Closes with RST, so that the peer reads ECONNRESET (TM-081).
    void reset();
    /// Reads nothing for so long, so that the window closes once the socket is full (TM-083).
    void pause_reading(duration time);
    bool is_open() const noexcept { return socket_.is_open(); }
    /// Returns whether bytes have arrived that no step asked for.
    bool has_unread();
    bool mid_frame() const noexcept { return reader_.mid_frame(); }
    /// Returns how many bytes of an unfinished frame have come.
    std::size_t waiting() const noexcept { return reader_.waiting(); }
    /// Returns the time from the last byte written to the first byte received afterwards.
    duration elapsed() const noexcept { return elapsed_; }

private:
    void begin();
    boost::asio::awaitable<void> write_part(std::string_view part, duration limit);
    boost::asio::awaitable<void> await_end_of_pause();
    void arm(duration limit);
    void disarm();

    boost::asio::generic::stream_protocol::socket socket_;
    boost::asio::steady_timer timer_;
    // Counts the timer's waits: one that fires after its operation must not cancel the next operation.
    unsigned turn_ = 0;
    bool late_ = false;
    bool gone_ = false;
    bool first_octet_due_ = false;
    core::frame_reader reader_;
    core::frame frame_{};
    std::string beginning_;
    boost::system::error_code problem_;
    std::chrono::steady_clock::time_point reads_from_{};
    std::chrono::steady_clock::time_point written_;
    duration elapsed_{};
};

}  // namespace testmta::run
