#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <string_view>

#include "milterproto/connection_limit.hpp"
#include "milterproto/crowd.hpp"
#include "milterproto/newcomer.hpp"
#include "session_host.hpp"
#include "smtpserver/core/session.hpp"
#include "spool.hpp"
#include "transport.hpp"

namespace smtpserver::detail {

/// The places that a connection takes.
class places {
public:
    places(milterproto::connection_place of_all, milterproto::crowd::member of_client)
        : of_all_(std::move(of_all)), of_client_(std::move(of_client)) {}

private:
    milterproto::connection_place of_all_;
    milterproto::crowd::member of_client_;
};

/// One connection: obeys its session, and asks the application.
class session_loop : public std::enable_shared_from_this<session_loop> {
public:
    session_loop(std::shared_ptr<session_host> host, milterproto::newcomer& peer, connection facts,
                 xclient_use use, places where);

    /// Runs until the connection is over.
    void start(tls_start tls);
    /// Finishes the transaction under way, and ends with 421.
    void drain();
    /// Ends at once. The application hears of it now, and never again.
    void stop();

private:
    static task<> run(std::shared_ptr<session_loop> self, tls_start tls);
    task<> serve(tls_start tls);
    enum class outcome : std::uint8_t {
        goes_on,
        reads,  ///< until `until_`
        is_over,
    };
    task<outcome> step();
    task<> obey(any_action const& todo);

    task<bool> flush();
    task<> pause(std::chrono::milliseconds span);
    task<> secure();
    task<> finish();
    void lose(io how);

    task<> ask_rcpt(rcpt_arguments const& rcpt);
    task<> ask_message(message_facts facts);
    task<> tell_abandoned(action::abandoned const& what);
    template <class Result, class... Arguments, class... Given>
    task<std::optional<Result>> consult(callback<Result, Arguments...> const& how, std::string_view name,
                                        Result otherwise, Given const&... given);
    template <class... Arguments, class... Given>
    task<> ask(callback<reply, Arguments...> const& how, std::string_view name, Given const&... given);
    void note_exception(std::string_view callback, std::exception_ptr const& thrown) noexcept;

    connection const& facts() const noexcept { return session_.facts(); }
    void on_read(io how, std::string_view got);
    void report_end() noexcept;

    std::shared_ptr<session_host> host_;
    places places_;
    transport transport_;
    session session_;
    steady_time until_;  ///< how long the client may take
    spool spool_;
    boost::asio::cancellation_signal cancel_;
    connection_end end_ = connection_end::orderly;
    bool is_asking_ = false;
    bool is_stopped_ = false;
    bool is_reported_ = false;
};

}  // namespace smtpserver::detail
