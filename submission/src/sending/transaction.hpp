#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sending/preparation.hpp"
#include "submission/batch.hpp"
#include "submission/events.hpp"

namespace submission::sending {

/// What became of a message, or of a part of its recipients.
class message_outcome {
public:
    message_outcome(message_stage s, boost::system::error_code e, callout::core::reply const* r)
        : stage(s), error(e) {
        if (r) reply = *r;
    }
    message_stage stage;
    boost::system::error_code error;
    std::optional<callout::core::reply> reply;
};

/// One message on its way: MAIL, its recipients, its content. Where a server takes a limited number of
/// recipients, several of these follow each other.
class transaction {
public:
    transaction(std::size_t which, std::vector<std::size_t> to) : message(which), targets(std::move(to)) {}

    std::size_t message;
    std::vector<std::size_t>
        targets;  ///< recipients that are to be asked, in this transaction and further ones
    std::optional<std::uint64_t> size;
    std::optional<deliver_by> by;

    /// Begins another one for the recipients that are left.
    void begin(std::size_t most) {
        first = next;
        end = targets.size() - first > most ? first + most : targets.size();
        answered = accepted = refused = 0;
        was_mail_said = is_mail_accepted = was_data_said = is_full = is_abandoned = was_end_sent = false;
        taken.clear();
        given_up.reset();
        chunk_failure.reset();
        made_of.reset();
        octets = 0;
    }
    std::size_t asked() const noexcept { return next - first; }
    bool has_asked_all() const noexcept { return is_full || next == end; }

    std::size_t first = 0, next = 0, end = 0;  ///< in `targets`
    std::size_t answered = 0, accepted = 0, refused = 0;
    std::vector<std::size_t> taken;  ///< recipients that were accepted
    bool was_mail_said = false;
    bool is_mail_accepted = false;
    bool was_data_said = false;
    bool is_full = false;                     ///< the server takes no more recipients in this transaction
    bool is_abandoned = false;                ///< outstanding replies are read, and do not count
    bool was_end_sent = false;                ///< the final dot, or the last chunk
    std::optional<message_outcome> given_up;  ///< why it is abandoned
    std::optional<callout::core::reply> chunk_failure;  ///< the first refusal of a chunk

    std::optional<preparation> made_of;
    dot_stuffing dots;
    std::string chunk;
    std::uint64_t octets = 0;  ///< of the content, so far
};

}  // namespace submission::sending
