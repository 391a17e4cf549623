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

/// Did this asker's question open connections, or did it find an answer or join another asker?
class network_watch final : public callout::observer {
public:
    void on(callout::any_event const& what, callout::steady_time) override {
        if (std::holds_alternative<callout::event::joined>(what)) joined = true;
        if (std::holds_alternative<callout::event::dns_answered>(what)) asked = true;
        if (std::holds_alternative<callout::event::connecting>(what)) asked = true;
    }
    bool joined = false;
    bool asked = false;
};

}  // namespace

void sender_filter::on_connect(connection&, milterproto::connect_event const&) {}

void sender_filter::on_helo(connection&, milterproto::helo_event const&) {}

task<message_verdict> sender_filter::on_mail(connection& peer, message& mail,
                                             milterproto::mail_event const&) {
    ++messages_;
    mail.state.values = tools_->live.current();
    // At RCPT the MTA may have replaced these by the recipient's macros.
    mail.state.authentication = macro(peer, "{auth_authen}");
    if (mail.state.authentication.empty()) mail.state.authentication = macro(peer, "{auth_type}");
    if (mail.state.values->milter.sender_check_at == check_at::mail)
        co_await judge(peer, mail, std::string_view());
    co_return milterproto::proceed;
}

task<message_verdict> sender_filter::on_rcpt(connection& peer, message& mail,
                                             milterproto::rcpt_event const& rcpt) {
    bool const is_welcome = mail.state.made && mail.state.made->wanted == action::proceed;
    if (is_welcome) co_return milterproto::proceed;
    auto const facts = facts_of(peer, mail, rcpt.path);
    auto policy = evaluate(facts, *mail.state.values);
    if (policy.scope == rule_scope::recipient) {
        auto const spared = conclude(facts, *mail.state.values, std::move(policy), std::nullopt);
        log_decision(mail, facts, spared, std::chrono::milliseconds(0));
        co_return milterproto::proceed;
    }
    co_await judge(peer, mail, rcpt.path);
    auto const& made = mail.state.made;
    if (made && made->effective == action::reject) co_return message_verdict(*made->reply);
    bool const is_fault_fatal = !made && mail.state.values->milter.on_error == on_error::tempfail;
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

task<> sender_filter::judge(connection& peer, message& mail, std::string_view recipient) {
    if (mail.state.made) co_return;
    std::exception_ptr thrown;
    std::string fault;
    try {
        co_await check(peer, mail, recipient);
    } catch (std::exception const& e) {
        thrown = std::current_exception();
        fault = e.what();
    }
    if (!thrown) co_return;
    auto const state = co_await boost::asio::this_coro::cancellation_state;
    bool const has_mta_given_up = state.cancelled() != boost::asio::cancellation_type::none;
    if (has_mta_given_up) std::rethrow_exception(thrown);
    tools_->log.write(log_level::error, "fault", fields().add("id", message_id()).add("err", fault));
}

task<> sender_filter::check(connection& peer, message& mail, std::string_view recipient) {
    auto const facts = facts_of(peer, mail, recipient);
    auto const begun = tools_->clock.now();
    auto const until = begun + mail.state.values->milter.reply_budget - writing_time;
    network_watch watch;
    auto made = co_await decide(facts, *mail.state.values, tools_->engine, callout::cache_use::normal,
                                asked_for::mail, &watch, until);
    auto const elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(tools_->clock.now() - begun);
    if (watch.asked && !watch.joined)
        tools_->log.info("callout", callout_fields(message_id(), facts, *made.verified));
    log_decision(mail, facts, made, elapsed);
    mail.state.made = std::move(made);
}

sender_facts sender_filter::facts_of(connection const& peer, message const& mail,
                                     std::string_view recipient) const {
    sender_facts facts(mail.sender());
    facts.recipient = recipient;
    if (auto const& client = peer.peer_address()) facts.who.client = unmapped(*client);
    facts.who.client_name = peer.peer_name();
    facts.who.helo = peer.helo();
    facts.who.authentication = mail.state.authentication;
    facts.who.queue_id = macro(peer, "i");
    facts.authenticated = !mail.state.authentication.empty();
    return facts;
}

void sender_filter::log_decision(message& mail, sender_facts const& facts, decision const& made,
                                 std::chrono::milliseconds elapsed) {
    mail.state.logged_queue_id = facts.who.queue_id;
    auto const& values = *mail.state.values;
    tools_->log.info("decision", decision_fields(message_id(), facts, made, values, elapsed));
    tools_->past.add(logged(message_id(), facts, made, values.server.mode, elapsed));
}

std::string sender_filter::message_id() const {
    return id_ + '.' + std::to_string(messages_);
}

}  // namespace vouchd
