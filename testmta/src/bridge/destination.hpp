#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "bridge/maildir.hpp"
#include "milterproto/core/mta/queued_message.hpp"
#include "smtpserver/core/envelope.hpp"
#include "smtpserver/core/reply.hpp"

namespace testmta::bridge {

/// A message that was accepted, as the filters left it.
struct finished_mail {
    std::string id;
    smtpserver::envelope original;  ///< as the client gave it
    milterproto::core::queued_message message;
    std::string octets;
};

/// What became of a message at one destination: a note for the operator, and what the client hears if it was
/// not taken.
class handover {
public:
    static handover taken(std::string note) { return {std::move(note), std::nullopt}; }
    static handover refused(std::string note, smtpserver::reply why) {
        return {std::move(note), std::move(why)};
    }
    static handover failed(std::string note) {
        return {std::move(note), smtpserver::reply(451, "4.3.0 The message could not be kept")};
    }

    std::string note;
    std::optional<smtpserver::reply> refusal;

private:
    handover(std::string what, std::optional<smtpserver::reply> why)
        : note(std::move(what)), refusal(std::move(why)) {}
};

/// Where mail goes.
class destination {
public:
    virtual ~destination() = default;
    /// Takes over a message, which is safe when this returns without a refusal.
    virtual boost::asio::awaitable<handover> take(finished_mail const& mail) = 0;
    /// Returns whether a message may come here that a filter wants to be held until somebody has seen it.
    virtual bool keeps_held_mail() const noexcept { return true; }
};

/// Writes each message to a stream: its envelope, and its bytes.
std::unique_ptr<destination> to_stream(std::ostream& out);

/// Keeps each message in a folder; those that a filter wants to be held in `.held` below it.
[[nodiscard]] milterproto::result<std::unique_ptr<destination>> to_maildir(
    std::filesystem::path const& folder);

}  // namespace testmta::bridge
