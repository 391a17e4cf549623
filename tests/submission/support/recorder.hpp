#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "submission/events.hpp"

namespace submission::testing {

/// Writes each event as a line, and decides as it is told by name.
class recorder : public observer,
                 public decides<event::next_address>,
                 public decides<event::extension_missing>,
                 public decides<event::client_certificate_problem>,
                 public decides<event::certificate_verdict>,
                 public decides<event::tls_failed>,
                 public decides<event::auth_done>,
                 public decides<event::deliver_by_too_early>,
                 public decides<event::data_ready>,
                 public decides<event::syntax_warning> {
public:
    void on(any_event const& what, callout::steady_time) override;

    event::next_address::decision decide(event::next_address const&) override;
    event::extension_missing::decision decide(event::extension_missing const&) override;
    event::client_certificate_problem::decision decide(event::client_certificate_problem const&) override;
    event::certificate_verdict::decision decide(event::certificate_verdict const&) override;
    event::tls_failed::decision decide(event::tls_failed const&) override;
    event::auth_done::decision decide(event::auth_done const&) override;
    event::deliver_by_too_early::decision decide(event::deliver_by_too_early const&) override;
    event::data_ready::decision decide(event::data_ready const&) override;
    event::syntax_warning::decision decide(event::syntax_warning const&) override;

    /// Returns the lines since the last call.
    std::string take() { return std::exchange(lines_, {}); }
    std::string const& lines() const { return lines_; }
    void note(std::string const& line) { lines_ += line + '\n'; }

    std::map<std::string, std::string> decisions;
    std::string throws_at;
    std::vector<std::string> names;  ///< of all events, in their order
    bool tells_commands = false;     ///< `sent` and `received`, too

private:
    std::string lines_;
};

/// Returns an event with all that it says.
std::string described(any_event const& what);

}  // namespace submission::testing
