#include "milter/sender_filter.hpp"

#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/this_coro.hpp>
#include <exception>

#include "config/networks.hpp"
#include "milter/decision_log.hpp"

namespace vouchd {

namespace {

using milterproto::connection;
using milterproto::message_verdict;
using milterproto::task;

/// Between the engine's last moment and the MTA's there must be time to write the answer.
constexpr auto writing_time = std::chrono::milliseconds(50);

std::string macro(connection const& peer, std::string_view name) {
    return std::string(peer.macro(name).value_or(std::string_view()));
}

/// Notes whether a decision caused a callout of its own, found an answer, or joined a callout under way.
class network_watch final : public callout::observer {
public:
    void on(callout::any_event const& what, callout::steady_time) override {
        if (std::holds_alternative<callout::event::joined>(what)) joined_ = true;
        if (std::holds_alternative<callout::event::dns_answered>(what)) used_network_ = true;
        if (std::holds_alternative<callout::event::connecting>(what)) used_network_ = true;
    }
    own_callout callout() const { return used_network_ && !joined_ ? own_callout::made : own_callout::none; }

private:
    bool joined_ = false;
    bool used_network_ = false;
};

}  // namespace

void sender_filter::on_connect(connection&, milterproto::connect_event const&) {}

void sender_filter::on_helo(connection&, milterproto::helo_event const&) {}

task<message_verdict> sender_filter::on_mail(connection& peer, message& mail,
                                             milterproto::mail_event const&) {
    ++messages_;
    mail.state.judge = tools_->policy.current();
    // At RCPT the MTA may have replaced these by the recipient's macros.
    mail.state.authentication = macro(peer, "{auth_authen}");
    if (mail.state.authentication.empty()) mail.state.authentication = macro(peer, "{auth_type}");
    if (mail.state.judge->values().milter.sender_check_at == check_at::mail)
        co_await settle(peer, mail, std::string_view());
    co_return milterproto::proceed;
}

task<message_verdict> sender_filter::on_rcpt(connection& peer, message& mail,
                                             milterproto::rcpt_event const& rcpt) {
    bool const is_welcome = mail.state.made && mail.state.made->wanted == action::proceed;
    if (is_welcome) co_return milterproto::proceed;
    auto const made = co_await settle(peer, mail, rcpt.path);
    if (made && made->effective != action::proceed) co_return message_verdict(*made->reply);
    bool const is_fault_fatal = !made && mail.state.judge->values().milter.on_error == on_error::tempfail;
    if (is_fault_fatal) co_return milterproto::tempfail;
    co_return milterproto::proceed;
}

message_verdict sender_filter::on_eom(connection& peer, message& mail) {
    auto const queue_id = macro(peer, "i");
    bool const is_news = !queue_id.empty() && queue_id != mail.state.logged_queue_id;
    if (!is_news) return milterproto::proceed;
    tools_->log.info("queued", fields().add("id", message_id()).add("qid", queue_id));
    tools_->past.queued(message_id(), queue_id);
    return milterproto::proceed;
}

task<std::shared_ptr<decision const>> sender_filter::settle(connection& peer, message& mail,
                                                            std::string_view recipient) {
    std::exception_ptr thrown;
    std::string fault;
    try {
        auto sender = subject_of(peer, mail, recipient);
        if (mail.state.made) co_return decide_again(mail, std::move(sender));
        auto made = co_await decide(mail, std::move(sender));
        co_return made;
    } catch (std::exception const& e) {
        thrown = std::current_exception();
        fault = e.what();
    }
    auto const state = co_await boost::asio::this_coro::cancellation_state;
    bool const has_mta_given_up = state.cancelled() != boost::asio::cancellation_type::none;
    if (has_mta_given_up) std::rethrow_exception(thrown);
    tools_->log.write(log_level::error, "fault", fields().add("id", message_id()).add("err", fault));
    co_return nullptr;
}

task<std::shared_ptr<decision const>> sender_filter::decide(message& mail, subject sender) {
    auto const begun = tools_->clock.now();
    auto const until = begun + mail.state.judge->values().milter.reply_budget - writing_time;
    network_watch watch;
    wish const wanted(occasion::mail, callout::cache_use::normal, &watch);
    auto made = co_await mail.state.judge->decide(sender, wanted, until);
    auto const elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(tools_->clock.now() - begun);
    bool const is_on_sender = made.reach == reach::message;
    auto kept = record(mail, std::move(sender), std::move(made), watch.callout(), elapsed);
    if (is_on_sender) mail.state.made = kept;
    co_return kept;
}

std::shared_ptr<decision const> sender_filter::decide_again(message& mail, subject sender) {
    auto spared = mail.state.judge->at_once(sender);
    if (!spared || spared->reach != reach::recipient) return mail.state.made;
    return record(mail, std::move(sender), *std::move(spared), own_callout::none,
                  std::chrono::milliseconds(0));
}

subject sender_filter::subject_of(connection const& peer, message const& mail,
                                  std::string_view recipient) const {
    subject sender(mail.sender());
    sender.recipient = recipient;
    if (auto const& client = peer.peer_address()) sender.who.client = unmapped(*client);
    sender.who.client_name = peer.peer_name();
    sender.who.helo = peer.helo();
    sender.who.authentication = mail.state.authentication;
    sender.who.queue_id = macro(peer, "i");
    sender.authenticated = !mail.state.authentication.empty();
    return sender;
}

std::shared_ptr<decision const> sender_filter::record(message& mail, subject sender, decision made,
                                                      own_callout callout,
                                                      std::chrono::milliseconds elapsed) {
    auto const budget = mail.state.judge->values().milter.reply_budget;
    mail.state.logged_queue_id = sender.who.queue_id;
    decision_lines const lines(message_id(), sender, made);
    auto const called_out = callout == own_callout::made ? lines.called_out() : std::nullopt;
    if (called_out) tools_->log.info("callout", *called_out);
    tools_->log.info("decision", lines.decided(budget, elapsed));
    auto kept = std::make_shared<decision const>(std::move(made));
    tools_->past.add(past_decision(message_id(), std::move(sender), kept, elapsed));
    return kept;
}

std::string sender_filter::message_id() const {
    return id_ + '.' + std::to_string(messages_);
}

}  // namespace vouchd
