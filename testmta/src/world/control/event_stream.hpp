#pragma once

#include <boost/beast/core/tcp_stream.hpp>
#include <deque>
#include <memory>
#include <string>

#include "world/control/conversation_log.hpp"

namespace testmta::world {

/// Sends every event to one reader as server-sent events, until the reader disconnects. A reader that leaves
/// too much unread is disconnected, so that it costs a bounded memory and nobody waits for it.
class event_stream : public std::enable_shared_from_this<event_stream> {
public:
    event_stream(boost::beast::tcp_stream& to, conversation_log& conversations);
    event_stream(event_stream const&) = delete;
    ~event_stream();

    /// Returns when the reader is gone. The stream must outlive it.
    static boost::asio::awaitable<void> run(std::shared_ptr<event_stream> self);

private:
    static constexpr std::size_t most_unread = 4 * 1024 * 1024;

    void add(std::string_view json);
    /// Ends the stream when the reader closes its side: a reader has nothing more to say.
    void watch_reader();
    boost::asio::awaitable<bool> send(std::string what);
    boost::asio::awaitable<void> wait_for_events();

    boost::beast::tcp_stream& to_;
    conversation_log& conversations_;
    boost::asio::steady_timer news_;
    std::uint64_t subscription_ = 0;
    std::string unread_;
    char ignored_ = 0;
    bool has_ended_ = false;
};

}  // namespace testmta::world
