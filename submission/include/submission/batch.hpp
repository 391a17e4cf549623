#pragma once

#include <boost/system/error_code.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "callout/host_name.hpp"
#include "callout/mailbox.hpp"
#include "callout/reply.hpp"
#include "submission/content.hpp"
#include "submission/delivery_wish.hpp"

/// What is to be sent, and what has become of it. A batch keeps its results: what is complete is not sent
/// again.
namespace submission {

using callout::mailbox;
using callout::core::reply;

/// What has become of one recipient.
enum class fate : std::uint8_t {
    open,       ///< not asked, or refused for the moment: the next run asks
    delivered,  ///< the server has taken the message for it
    failed,     ///< refused for good
    unknown,    ///< the connection was lost after the end of the message: neither success nor failure
};

class recipient {
public:
    explicit recipient(mailbox whom) : address(std::move(whom)) {}
    mailbox address;
    notify_when notify;                          ///< DSN
    std::optional<original_recipient> original;  ///< DSN

    std::optional<reply> status;  ///< to its last RCPT; nothing if there was none, or no reply
    submission::fate fate = fate::open;

    bool complete() const noexcept { return fate == fate::delivered || fate == fate::failed; }
    /// Forgets the result, so that the next run asks again.
    void reset() {
        status.reset();
        fate = fate::open;
    }
};

/// How far a message came.
enum class message_stage : std::uint8_t {
    not_sent,
    mail,         ///< MAIL was refused, or the message was not begun for a reason of our own
    rcpt,         ///< no recipient was taken
    data,         ///< DATA was refused
    end_of_data,  ///< decided by the server
    bdat,         ///< the same, for a message in chunks
    aborted,      ///< by us
    unknown,      ///< the connection was lost after the end of the message
};
std::string_view to_string(message_stage) noexcept;

/// What the bytes of a message are (RFC 6152, RFC 3030).
enum class body_type : std::uint8_t { unspecified, seven_bit, eight_bit, binary };

/// Headers that are added where the content has none.
enum class missing_headers : std::uint8_t { stay_away, are_added };

/// When a message is sent although some of its recipients are refused.
enum class required_recipients : std::uint8_t { one, all };

class message {
public:
    /// No sender is the null sender `<>` of bounces.
    message(std::optional<mailbox> from, std::unique_ptr<content_source> bytes)
        : sender(std::move(from)), content(std::move(bytes)) {}

    message& to(recipient whom) {
        recipients.push_back(std::move(whom));
        return *this;
    }
    message& to(mailbox whom) { return to(recipient(std::move(whom))); }

    std::optional<mailbox> sender;
    std::vector<recipient> recipients;
    std::unique_ptr<content_source> content;
    body_type body = body_type::unspecified;  ///< of `binary` the line ends stay as they are
    bool has_utf8_headers = false;            ///< then SMTPUTF8 is needed, whatever the addresses are
    required_recipients required = required_recipients::one;
    missing_headers headers = missing_headers::stay_away;  ///< Date, Message-Id and From
    returned ret = returned::unspecified;                  ///< DSN
    std::optional<envelope_id> id;                         ///< DSN
    std::optional<deliver_by> by;                          ///< DELIVERBY
    /// For content that cannot be read twice: its size with CR LF, if the application knows it.
    std::optional<std::uint64_t> size;

    std::optional<reply> sender_status;    ///< to MAIL
    std::optional<reply> transfer_status;  ///< the one that decided on the message
    message_stage stage = message_stage::not_sent;
    boost::system::error_code error;  ///< of the last run; none if the server took the message

    /// Returns whether a recipient is open, so that the next run sends the message.
    bool is_open() const noexcept;
    /// Returns whether the server took the message, in the last run.
    bool accepted() const noexcept { return transfer_status && transfer_status->positive() && !error; }
    /// Asks those again of whom it is not known whether they got the message; they may get it twice.
    void retry_unknown() noexcept;

    /// For the library: what is added to the content, the same each time.
    class additions {
    public:
        additions() {}
        std::string date, message_id, from;  ///< each a line with CR LF; empty if it is not wanted
    };
    additions added;
    bool content_was_read = false;
};

/// A request to start a queue (RFC 1985).
class etrn {
public:
    /// `option` is 0, '@' (and its subdomains) or '#' (a queue).
    [[nodiscard]] static result<etrn> make(std::string_view node, char option = 0);
    char option() const noexcept { return option_; }
    std::string const& node() const noexcept { return node_; }

    std::optional<reply> status;
    bool complete() const noexcept { return status && !status->transient(); }

private:
    etrn(std::string node, char option) : option_(option), node_(std::move(node)) {}
    char option_;
    std::string node_;
};

/// What one run sends. The first run sends everything, a second one what is not complete.
class batch {
public:
    std::deque<message> messages;  ///< they stay where they are when others are added
    std::vector<etrn> etrns;       ///< asked before the first message

    message& add(message one) {
        messages.push_back(std::move(one));
        return messages.back();
    }
    bool has_work() const noexcept;
};

}  // namespace submission
