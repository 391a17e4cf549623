#pragma once

#include <boost/json/fwd.hpp>
#include <string>

#include "callout/doors/bound_use.hpp"
#include "callout/doors/error.hpp"
#include "host/lag_meter.hpp"

namespace vouchd {

/// What the daemon says of itself: how late its loop is, and how full is what strangers can fill.
class daemon_status {
public:
    lag_report loop;
    callout::ledger bounds;
    bool operator==(daemon_status const&) const = default;
};

/// Returns the query for it.
boost::json::object query_about_status();
boost::json::object to_json(daemon_status const& what);
/// Errors are those of Boost.JSON: a member is missing, or is not of its type.
callout::result<daemon_status> status_from(boost::json::value const& document);
/// Returns lines for a person.
std::string text_of(daemon_status const& what);

}  // namespace vouchd
