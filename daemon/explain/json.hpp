#pragma once

#include <boost/json/fwd.hpp>
#include <vector>

#include "callout/doors/error.hpp"
#include "explain/history.hpp"
#include "explain/verification_record.hpp"

/// Explanations as JSON documents: for the control socket, and for `--json`. Each member has its own name
/// there; what is not known is null.
namespace vouchd {

boost::json::value to_json(explanation const& what);
boost::json::value to_json(std::vector<logged_decision> const& what);
boost::json::value to_json(verification_record const& what);

/// Errors are those of Boost.JSON: a member is missing, or is not of its type.
callout::result<explanation> explanation_from(boost::json::value const& document);
callout::result<std::vector<logged_decision>> logged_from(boost::json::value const& document);

}  // namespace vouchd
