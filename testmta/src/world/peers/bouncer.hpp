#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "world/language/model.hpp"
#include "world/peers/journal.hpp"
#include "world/peers/received_message.hpp"

namespace testmta::world {

/// Sends bounces of accepted messages, later. What becomes of each is in the log.
class bouncer {
public:
    explicit bouncer(journal& log) : log_(log), pending_(std::make_shared<std::size_t>(0)) {}

    /// Sends the bounce after its time, unless the message came from nobody, or too many bounces wait.
    void send(boost::asio::any_io_executor executor, bounce const& how,
              std::shared_ptr<received_message const> of, std::string peer, std::uint64_t connection);

private:
    static constexpr std::size_t most_pending = 1000;

    journal& log_;
    std::shared_ptr<std::size_t> pending_;
};

}  // namespace testmta::world
