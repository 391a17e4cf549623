#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "explain/history.hpp"
#include "log/event_log.hpp"
#include "log/id.hpp"
#include "milterproto/handler.hpp"
#include "policy/live_policy.hpp"

namespace vouchd {

/// What every filter of the daemon works with. It outlives them all.
struct filter_tools {
    live_policy& policy;
    callout::clock& clock;
    callout::random& chance;
    event_log& log;
    history& past;
};

/// Whether a decision caused a callout, rather than an answer that was known or a callout that was joined.
enum class own_callout { none, made };

/// The milter: verifies the sender of each message once, at the first recipient that the MTA has accepted,
/// and says the same to every recipient after it. Only postmaster and abuse of our own domains are never
/// refused, whatever the others hear; that is why even a sender that was verified at MAIL is refused at RCPT.
class sender_filter {
public:
    struct message_state {
        std::optional<vouchd::judge> judge;    ///< with which the message began
        std::shared_ptr<decision const> made;  ///< on the sender
        std::string authentication;            ///< the name, or the method where there is no name
        std::string logged_queue_id;           ///< in a decision's line
    };
    using message = milterproto::message<message_state>;

    /// Every macro that the callbacks read, at each stage where they read it. A request replaces the MTA's
    /// own list for that stage, whatever an administrator has made of it.
    static constexpr milterproto::macro_request macros[] = {
        {milterproto::macro_stage::mail, "i {auth_authen} {auth_type}"},
        {milterproto::macro_stage::rcpt, "i"},
        {milterproto::macro_stage::end_of_message, "i"},
    };

    explicit sender_filter(filter_tools const& tools) : tools_(&tools), id_(make_id(tools.chance)) {}

    /// These two decide nothing: they are there so that the MTA tells the client's address and name,
    /// unanswered.
    void on_connect(milterproto::connection&, milterproto::connect_event const&);
    void on_helo(milterproto::connection&, milterproto::helo_event const&);
    milterproto::task<milterproto::message_verdict> on_mail(milterproto::connection&, message&,
                                                            milterproto::mail_event const&);
    milterproto::task<milterproto::message_verdict> on_rcpt(milterproto::connection&, message&,
                                                            milterproto::rcpt_event const&);
    /// Decides nothing: Postfix has a queue id only after the first recipient, so it is logged here. An MTA
    /// waits for an answer at the end of each message, whatever a filter has negotiated.
    milterproto::message_verdict on_eom(milterproto::connection&, message&);

private:
    using shared_decision = std::shared_ptr<decision const>;

    subject subject_of(milterproto::connection const& peer, message const& mail,
                       std::string_view recipient) const;
    /// Returns what is decided on the sender, or on this recipient alone. A fault of ours is logged and
    /// leaves it undecided: then nothing is returned.
    milterproto::task<shared_decision> settle(milterproto::connection& peer, message& mail,
                                              std::string_view recipient);
    milterproto::task<shared_decision> decide(message& mail, subject sender);
    /// Returns what is decided on a recipient of a sender that was refused before.
    shared_decision decide_again(message& mail, subject sender);
    /// Writes a decision to the log and to the history.
    shared_decision record(message& mail, subject sender, decision made, own_callout callout,
                           std::chrono::milliseconds elapsed);

    /// Returns what the lines of the log about one message have in common.
    std::string message_id() const;

    filter_tools const* tools_;
    std::string id_;
    unsigned messages_ = 0;
};

}  // namespace vouchd
