#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <optional>
#include <string>

#include "load/crew.hpp"
#include "load/pace.hpp"
#include "load/recent_frames.hpp"
#include "load/workload.hpp"
#include "milterproto/core/mta/mta_session.hpp"

namespace testmta::load {

namespace core = milterproto::core;

/// One connection of a load: greets the filter, shows it one message after the other, measures, and connects
/// anew when the filter has had as many messages as planned or the connection was lost.
class loader {
public:
    loader(boost::asio::any_io_executor executor, crew& with, workload const& content,
           std::size_t connection);

    /// Returns when all messages of this connection have ended.
    boost::asio::awaitable<void> run();
    /// Gives the filter up if it has not done in time what is awaited.
    void check_time(moment now);

private:
    using proceeds = boost::asio::awaitable<bool>;
    /// What a message has come to.
    enum class fate { undecided, passed, failed, lost };
    /// What the conversation needs next.
    enum class need { write, read, nothing };

    proceeds open();
    proceeds connect_socket();
    proceeds greet();
    boost::asio::awaitable<bool> play_session();
    proceeds await_start(moment start);
    boost::asio::awaitable<void> play_message(moment start);
    proceeds play_envelope();
    proceeds play_content();
    boost::asio::awaitable<void> leave();

    /// Waits for the answer, if one is due. Returns whether the message, or the greeting, goes on.
    proceeds ask(phase what, core::issued issued);
    need take_event(phase what);
    void take_verdict(phase what, core::filter_verdict const& came);
    void take_failure(phase what, boost::system::error_code why);
    proceeds write();
    proceeds read();
    void arm();
    void disarm();
    void close();

    void add_error(phase what, std::string const& kind);
    void describe_client();

    crew& with_;
    workload const& content_;
    workload::sizes sizes_;
    boost::asio::generic::stream_protocol::socket socket_;
    pace pace_;
    std::optional<core::mta_session> mta_;
    recent_frames frames_;
    std::string queue_id_;  ///< without the number of the message
    std::uint64_t messages_ = 0;
    std::uint64_t messages_of_session_ = 0;
    fate fate_ = fate::undecided;
    bool is_greeting_ = false;

    std::chrono::microseconds limit_{};  ///< for each packet of the answer that is awaited
    moment asked_;
    moment heard_;                     ///< when the limit began anew
    moment deadline_ = moment::max();  ///< of what is awaited
    bool is_late_ = false;
};

}  // namespace testmta::load
