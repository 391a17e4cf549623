#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "milterproto/server_observer.hpp"

namespace milterproto {

/// Writes lines of text about what is wrong: clients that were refused, connections that ended by a fault,
/// exceptions, verdicts without effect, sockets that cannot be opened. At most 20 lines a minute; the next
/// says how many were left out. Any thread may call it.
class text_observer final : public server_observer {
public:
    /// Called with one line at a time, without its line end.
    using writer = std::function<void(std::string_view line)>;
    using time_source = std::function<std::chrono::steady_clock::time_point()>;

    explicit text_observer(writer write, time_source now = std::chrono::steady_clock::now);
    ~text_observer() override;

    void on_refused(milter_connection const& which, std::string_view why) override;
    void on_closed(milter_connection const& which, connection_end const& end) override;
    void on_exception(milter_connection const& which, std::string_view callback,
                      std::string_view what) override;
    void on_misplaced_verdict(milter_connection const& which, std::string_view callback) override;
    void on_missing_macro(milter_connection const& which, macro_stage stage, std::string_view name) override;
    void on_reply_in_ascii(milter_connection const& which, std::string_view callback,
                           std::string_view text) override;
    void on_accept_failing(std::string_view listener, boost::system::error_code why) override;
    void on_accept_recovered(std::string_view listener) override;
    void on_hangup_failed(std::string_view what) override;
    void on_listen_failed(std::string_view socket, std::string_view why) override;

private:
    void tell(std::string const& line);

    class state;
    std::unique_ptr<state> state_;
};

/// Writes a line to stderr, after the program's name; what cannot be written is lost.
void write_to_stderr(std::string_view line);

}  // namespace milterproto
