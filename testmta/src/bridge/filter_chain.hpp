#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/filter_link.hpp"
#include "milterproto/core/mta/client_response.hpp"
#include "milterproto/core/mta/queued_message.hpp"
#include "smtpserver/core/connection.hpp"
#include "smtpserver/core/envelope.hpp"

namespace testmta::bridge {

/// What is told of filters: the name of one, and what it said or how it failed.
using filter_news = std::function<void(std::string_view filter, std::string_view what)>;

/// How filters are called.
struct filter_plan {
    std::vector<milterproto::socket_spec> filters;  ///< in their order
    core::mta_dialect dialect;
    std::string host_name;  ///< as which they know this MTA
};

/// All filters of one SMTP client. Each command goes to one after the other, until one refuses it or takes
/// the message out of sight. A response that is not `is_own` is what the client hears.
class filter_chain {
public:
    using response = core::client_response;
    template <class T>
    using task = boost::asio::awaitable<T>;

    filter_chain(boost::asio::any_io_executor const& executor, filter_plan const& plan, filter_news news);

    task<response> connect(smtpserver::client const& who);
    task<response> hello(smtpserver::connection const& who, std::string name);
    task<response> mail(smtpserver::connection const& who, smtpserver::mail_arguments const& what);
    task<response> rcpt(smtpserver::rcpt_arguments const& what);
    /// Shows a recipient that this MTA refuses to the filters that want to hear of it.
    task<void> refused_rcpt(smtpserver::rcpt_arguments const& what, std::string text);
    task<response> data();
    /// Has each filter judge the message and change it. Says in the message what becomes of it.
    task<response> judge(core::queued_message& message);
    /// A line that is not a command.
    task<response> unknown(std::string line);
    /// The transaction has ended without a message.
    task<void> reset();

    enum class farewell { quit, gone };
    task<void> leave(farewell how);

    /// Returns the id of the message under way, which filters know as the macro `i`.
    std::string const& queue_id() const noexcept { return queue_id_; }
    /// Returns whether the message is to be held, because a filter could not be asked.
    bool holds() const noexcept { return standing_.holds(); }

private:
    using issue = std::function<core::issued(core::mta_session&)>;

    task<response> ask(core::command what, issue how);
    task<void> tell(issue how);
    task<response> judge(filter_link& one, core::queued_message& message);
    response weigh(filter_link const& one, core::command what, filter_answer const& said);
    void set_everywhere(std::string_view macro, std::string_view value);
    void describe(smtpserver::client const& who);

    filter_plan const& plan_;
    filter_news news_;
    std::vector<std::unique_ptr<filter_link>> links_;
    core::client_standing standing_;
    std::string queue_id_;
    bool is_secured_ = false;
    bool has_seen_data_ = false;
};

}  // namespace testmta::bridge
