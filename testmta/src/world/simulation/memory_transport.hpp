#pragma once

#include "callout/testing/memory_world.hpp"
#include "callout/testing/stream_pair.hpp"
#include "world/peers/transport.hpp"

namespace testmta::world {

/// A peer's end of a connection in memory.
class memory_transport final : public transport {
public:
    memory_transport(callout::testing::memory_world& within,
                     std::unique_ptr<callout::testing::memory_stream> line, std::string client);

    boost::asio::awaitable<outcome> read(std::string& into, duration limit) override;
    boost::asio::awaitable<bool> write(std::string_view octets) override;
    boost::asio::awaitable<void> sleep(duration time) override;
    bool has_input() const override { return line_->pending() == callout::unread::bytes; }
    void end(ending how) override;

    time_point now() const override { return clock_.now(); }
    std::string client() const override { return client_; }

private:
    boost::asio::io_context& context_;
    callout::clock& clock_;
    std::unique_ptr<callout::testing::memory_stream> line_;
    std::string client_;
    std::unique_ptr<callout::alarm> sleep_alarm_;
};

}  // namespace testmta::world
