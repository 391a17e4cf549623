#include "sender_filter.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <exception>

#include "decision_log.hpp"

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
    // At RCPT the MTA may have replaced these by the recipient's macros.
    mail.state.authentication = macro(peer, "{auth_authen}");
    if (mail.state.authentication.empty()) mail.state.authentication = macro(peer, "{auth_type}");
    if (tools_->values.milter.sender_check_at == check_at::first_rcpt) co_return milterproto::proceed;
    co_return co_await answer(peer, mail, {});
}

task<message_verdict> sender_filter::on_rcpt(connection& peer, message& mail,
                                             milterproto::rcpt_event const& rcpt) {
    co_return co_await answer(peer, mail, rcpt.path);
}

task<message_verdict> sender_filter::answer(connection& peer, message& mail, std::string_view recipient) {
    if (!mail.state.made) {
        std::string fault;
        try {
            co_await check(peer, mail, recipient);
        } catch (boost::system::system_error const& e) {
            if (e.code() == boost::asio::error::operation_aborted) throw;  // the MTA has given up
            fault = e.what();
        } catch (std::exception const& e) {
            fault = e.what();
        }
        if (!fault.empty()) {
            // Our own fault must not be the mail's: on_error says what becomes of it.
            fields what;
            what.add("id", id_).add("err", fault);
            tools_->log.write(log_level::error, "fault", what);
            bool const accept = tools_->values.milter.on_error == on_error::accept;
            co_return accept ? message_verdict(milterproto::proceed) : message_verdict(milterproto::tempfail);
        }
    }
    auto const& made = *mail.state.made;
    if (made.effective == action::reject) co_return message_verdict(*made.reply);
    co_return milterproto::proceed;
}

task<> sender_filter::check(connection& peer, message& mail, std::string_view recipient) {
    sender_facts facts(mail.sender());
    facts.who.client = peer.peer_address();
    facts.who.client_name = peer.peer_name();
    facts.who.helo = peer.helo();
    facts.who.authentication = mail.state.authentication;
    facts.who.queue_id = macro(peer, "i");
    facts.authenticated = !mail.state.authentication.empty();
    auto const begun = tools_->clock.now();
    auto const until = begun + tools_->values.milter.reply_budget - writing_time;
    network_watch watch;
    auto made = co_await decide(facts, tools_->values, tools_->engine, callout::cache_use::normal,
                                asked_for::mail, &watch, until);
    auto const elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(tools_->clock.now() - begun);
    auto const id = id_ + '.' + std::to_string(messages_);
    log_context const context{id, peer, recipient, elapsed};
    if (watch.asked && !watch.joined)
        tools_->log.info("callout", callout_fields(context, facts, *made.verified));
    tools_->log.info("decision", decision_fields(context, facts, made, tools_->values));
    mail.state.made = std::move(made);
}

}  // namespace vouchd
