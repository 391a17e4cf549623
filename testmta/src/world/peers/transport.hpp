#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>

#include "world/language/model.hpp"
#include "world/peers/peer_memory.hpp"

namespace testmta::world {

/// What a peer's connection runs on: a socket in real time, or a simulation of both.
class transport {
public:
    virtual ~transport() = default;

    enum class outcome { octets, quiet, ended };
    /// Reads what has arrived into `into`. Returns `quiet` if nothing arrives within `limit`.
    virtual boost::asio::awaitable<outcome> read(std::string& into, duration limit) = 0;
    /// Returns false if the client has disconnected.
    virtual boost::asio::awaitable<bool> write(std::string_view octets) = 0;
    virtual boost::asio::awaitable<void> sleep(duration time) = 0;
    /// Returns whether bytes have arrived that were not read yet.
    virtual bool has_input() const = 0;
    virtual void end(ending how) = 0;

    virtual time_point now() const = 0;
    virtual std::string client() const = 0;  ///< its address
};

}  // namespace testmta::world
