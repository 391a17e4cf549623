#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "milterproto/core/mta/mta_session.hpp"
#include "milterproto/socket_spec.hpp"

namespace testmta::bridge {

namespace core = milterproto::core;

/// What a filter said to a command: a verdict, a failure, or nothing because it was not asked.
struct filter_answer {
    std::optional<core::answer> verdict;
    core::command to{};  ///< for a message's content: the command at which the filter decided
    std::string reply;   ///< of reply_code: the text that the client is to read
    boost::system::error_code failed;
};

/// The connection to one filter, for one SMTP client. Each wait ends when the dialect says so.
class filter_link {
public:
    using change_handler = std::function<milterproto::result<>(core::modification const&)>;

    filter_link(boost::asio::any_io_executor const& executor, milterproto::socket_spec where,
                core::mta_dialect const& as);
    ~filter_link() { disarm(); }
    filter_link(filter_link const&) = delete;

    std::string const& name() const noexcept { return name_; }
    /// Returns what speaks to the filter, for the next command. It has been told the time.
    core::mta_session& mta() noexcept {
        mta_.at(core::mta_clock::now());
        return mta_;
    }
    /// Returns whether the filter still takes part.
    bool is_open() const noexcept { return socket_.is_open() && !mta_.over(); }

    /// Connects and negotiates.
    boost::asio::awaitable<filter_answer> open();
    /// Lets the filter answer what was issued. `on_change` carries out each change that it asks for; one that
    /// cannot be carried out is a failure of the filter.
    boost::asio::awaitable<filter_answer> settle(change_handler on_change = {});

private:
    boost::asio::awaitable<void> connect();
    boost::asio::awaitable<void> write();
    boost::asio::awaitable<void> read();
    void arm(std::optional<core::mta_clock::time_point> until);
    void disarm();
    void take(core::mta_event const& event, change_handler const& on_change, filter_answer& into);

    milterproto::socket_spec where_;
    std::string name_;
    core::mta_session mta_;
    boost::asio::generic::stream_protocol::socket socket_;
    boost::asio::steady_timer timer_;
    /// Counts operations: a timer that fires after its own must not cancel the next, or touch what is gone.
    std::shared_ptr<unsigned> turn_ = std::make_shared<unsigned>(0);
};

}  // namespace testmta::bridge
