#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace testmta::world {

/// A message that a client has sent to a peer, with its envelope.
class received_message {
public:
    std::string sender;
    std::vector<std::string> recipients;
    std::string content;   ///< without dots that were added for the transport
    std::size_t size = 0;  ///< of what was sent; if it is more than the content has, the rest is lost
    bool accepted = false;
};

/// A field of a message's head: its name, and its value in one line.
using header_field = std::pair<std::string, std::string>;

/// Returns the fields of the head, at most 200, each value cut after 1000 bytes.
std::vector<header_field> header_fields(std::string_view content);

/// Gathers a transaction: what was accepted of the envelope, and the bytes of the message up to a limit.
class transaction {
public:
    /// No message may be larger: it is kept in memory.
    static constexpr std::size_t most_octets = 64 * 1024 * 1024;

    void begin(std::string sender);
    void add_recipient(std::string address);
    void add(std::string_view octets, std::size_t limit);
    std::string const& sender() const noexcept { return found_.sender; }
    std::size_t size() const noexcept { return found_.size; }
    /// Returns the message and forgets it.
    received_message take() { return std::exchange(found_, {}); }
    void clear() { found_ = {}; }

private:
    static constexpr std::size_t most_recipients = 10'000;

    received_message found_;
};

}  // namespace testmta::world
