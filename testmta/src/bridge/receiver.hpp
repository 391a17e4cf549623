#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bridge/destination.hpp"
#include "bridge/filter_chain.hpp"
#include "smtpserver/callbacks.hpp"
#include "smtpserver/server_observer.hpp"

namespace testmta::bridge {

/// For whom mail is taken; without a domain for everybody.
using domains = std::vector<std::string>;

/// The application of the receiving server: it shows each step to the filters, and hands on what they let
/// pass.
class receiver final : public smtpserver::server_observer {
public:
    using journal = std::function<void(std::string const& line)>;

    receiver(boost::asio::any_io_executor executor, filter_plan plan, domains ours,
             std::vector<std::unique_ptr<destination>> where, journal log);

    smtpserver::callbacks callbacks();

    void on_closed(smtpserver::connection const& who, smtpserver::connection_end how) override;
    void on_exception(smtpserver::connection const& who, std::string_view callback,
                      std::string_view what) override;
    void on_handshake_failure(smtpserver::connection const& who, std::string_view why) override;
    void on_refused(std::string_view client, std::string_view why) override;

private:
    template <class T>
    using task = boost::asio::awaitable<T>;
    using connection = smtpserver::connection;
    using reply = smtpserver::reply;
    using chain_pointer = std::shared_ptr<filter_chain>;

    task<reply> take_connect(connection const& who);
    task<reply> take_hello(connection const& who, std::string_view name);
    task<reply> take_mail(connection const& who, smtpserver::mail_arguments const& what);
    task<reply> take_rcpt(connection const& who, smtpserver::rcpt_arguments const& what);
    task<reply> take_data(connection const& who);
    task<reply> take_unknown(connection const& who, std::string_view line);
    task<smtpserver::message_answer> take_message(connection const& who, smtpserver::message const& what);
    task<void> take_abort(connection const& who, smtpserver::abandonment why);
    task<reply> deliver(connection const& who, finished_mail mail);

    chain_pointer chain_of(connection const& who) const;
    bool is_ours(smtpserver::path const& path) const;
    void part_from(chain_pointer chain, filter_chain::farewell how);
    void note(connection const& who, std::string const& line) const;

    boost::asio::any_io_executor executor_;
    filter_plan plan_;
    domains domains_;
    std::vector<std::unique_ptr<destination>> destinations_;
    journal log_;
    std::map<std::uint64_t, chain_pointer> chains_;
};

}  // namespace testmta::bridge
