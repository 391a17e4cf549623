#pragma once

#include <boost/json/fwd.hpp>
#include <memory>
#include <string>

#include "callout/events.hpp"
#include "policy/decision.hpp"

/// Why an address is judged as it is: recorded where the callout runs, carried as JSON, shown as text where a
/// person reads it (daemon.md 4.2).
namespace vouchd {

/// Watches one verification and keeps what a person would ask for.
class recorder final : public callout::observer {
public:
    explicit recorder(callout::steady_time begun);
    ~recorder() override;
    void on(callout::any_event const& what, callout::steady_time when) override;

    /// The whole story as one document.
    boost::json::object document(sender_facts const& facts, decision const& made, config const& values) const;

private:
    struct notes;
    std::unique_ptr<notes> notes_;
    callout::steady_time begun_;
};

/// The document in the sections of daemon.md 4.2. Everything that came from the network is escaped.
std::string render(boost::json::object const& document);

/// One line of `vouchd verify --json` (daemon.md 4.3).
boost::json::object verification_record(std::string const& input, boost::json::object const& document);

}  // namespace vouchd
